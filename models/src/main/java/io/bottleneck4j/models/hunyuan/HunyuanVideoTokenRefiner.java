package io.bottleneck4j.models.hunyuan;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.TimeTextEmbed;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings Llama states to the transformer's width and lets them attend to each other, steered by the noise level and the states' own mean.
 * Source: diffusers transformer_hunyuan_video.py@0.42.1, HunyuanVideoTokenRefiner.
 */
final class HunyuanVideoTokenRefiner {
    // Package-private, not private: tests compare layer by layer.
    final TimeTextEmbed timeTextEmbed;
    final Linear projIn;
    final List<HunyuanVideoRefinerBlock> refinerBlocks = new ArrayList<>();

    HunyuanVideoTokenRefiner(Weights w, HunyuanVideoConfig config) {
        int dim = config.innerDim();
        timeTextEmbed = new TimeTextEmbed(w.at("time_text_embed"), config.textEmbedDim(), dim, false);
        projIn = Linear.of(w, "proj_in", config.textEmbedDim(), dim);
        for (int i = 0; i < config.numRefinerLayers(); i++) {
            refinerBlocks.add(new HunyuanVideoRefinerBlock(w.at("token_refiner.refiner_blocks." + i), config));
        }
    }

    /** states [1, L, textEmbedDim], none of them padding → the text of each noise level [sigmas, L, D]. */
    Tensor forward(Tensor states, List<Double> sigmas) {
        return scoped(() -> {
            Tensor steering = steering(states, sigmas);
            Tensor embedded = projIn.forward(states);
            Tensor x = embedded.expand(sigmas.size(), embedded.size(1), embedded.size(2));
            for (HunyuanVideoRefinerBlock block : refinerBlocks) {
                Tensor next = block.forward(x, steering);
                Scope.free(x);
                x = next;
            }
            return x;
        });
    }

    /** What gates the blocks [sigmas, D]: silu of the embedded noise levels and mean state. */
    Tensor steering(Tensor states, List<Double> sigmas) {
        return scoped(() -> Ops.silu(timeTextEmbed.forward(sigmas, 0, states.mean(1))));
    }
}
