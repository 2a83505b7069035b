package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What steers modulation: noise level, pooled text and, where it is an input, guidance, summed. Source: diffusers
 * embeddings.py@0.42.1, CombinedTimestep(Guidance)TextProjEmbeddings.
 */
public final class TimeTextEmbed {
    private final TimestepEmbedding timestepEmbedder;
    private final @Nullable TimestepEmbedding guidanceEmbedder;
    private final Linear text1;
    private final Linear text2;

    /**
     * Reads {@code timestep_embedder}, {@code text_embedder} and {@code guidance_embedder}.
     *
     * @param textDim width P of the pooled text
     * @param guidanceEmbeds whether guidance is an input
     */
    public TimeTextEmbed(Weights w, int textDim, int dim, boolean guidanceEmbeds) {
        timestepEmbedder = new TimestepEmbedding(w.at("timestep_embedder"), dim);
        guidanceEmbedder = guidanceEmbeds ? new TimestepEmbedding(w.at("guidance_embedder"), dim) : null;
        text1 = Linear.of(w.at("text_embedder"), "linear_1", textDim, dim);
        text2 = Linear.of(w.at("text_embedder"), "linear_2", dim, dim);
    }

    /** sigmas and pooled [1, P] → [sigmas, D]; guidance is ignored by models without its embedding. */
    public Tensor forward(List<Double> sigmas, double guidance, Tensor pooled) {
        return Scope.scoped(() -> {
            Tensor time = timestepEmbedder.forward(sigmas);
            if (guidanceEmbedder != null) {
                time = time.add(guidanceEmbedder.forward(List.of(guidance)));
            }
            return time.add(text2.forward(Ops.silu(text1.forward(pooled))));
        });
    }
}
