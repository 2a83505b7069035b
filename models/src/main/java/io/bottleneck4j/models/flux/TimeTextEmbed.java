package io.bottleneck4j.models.flux;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What steers every block's modulation: noise level, guidance (dev only) and the pooled text, summed. Source: diffusers
 * embeddings.py@0.42.1, CombinedTimestep(Guidance)TextProjEmbeddings.
 */
final class TimeTextEmbed {
    private final TimestepEmbedding timestepEmbedder;
    private final @Nullable TimestepEmbedding guidanceEmbedder;
    private final Linear text1;
    private final Linear text2;

    TimeTextEmbed(Weights w, FluxConfig config) {
        int dim = config.innerDim();
        timestepEmbedder = new TimestepEmbedding(w.at("timestep_embedder"), dim);
        guidanceEmbedder = config.guidanceEmbeds() ? new TimestepEmbedding(w.at("guidance_embedder"), dim) : null;
        text1 = Linear.of(w.at("text_embedder"), "linear_1", config.pooledProjectionDim(), dim);
        text2 = Linear.of(w.at("text_embedder"), "linear_2", dim, dim);
    }

    /** sigmas and pooled [1, P] → [sigmas, D]; guidance is ignored by models without its embedding. */
    Tensor forward(List<Double> sigmas, double guidance, Tensor pooled) {
        return Scope.scoped(() -> {
            Tensor time = timestepEmbedder.forward(sigmas);
            if (guidanceEmbedder != null) {
                time = time.add(guidanceEmbedder.forward(List.of(guidance)));
            }
            return time.add(text2.forward(Ops.silu(text1.forward(pooled))));
        });
    }
}
