package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;

/**
 * A layer of BLIP's text encoder: text looks at itself, then at a picture, then passes a feed-forward layer; each normalised after. Source:
 * image-reward 1.5, models/BLIP/med.py, BertLayer in the mode "multimodal".
 */
final class MedLayer {
    private final Attending attention;
    private final Attending crossattention;
    private final Linear intermediate;
    private final Linear output;
    private final LayerNorm norm;

    MedLayer(ImageRewardConfig.Text config, Weights w) {
        int d = config.hiddenSize();
        attention = new Attending(config, d, w.at("attention"));
        crossattention = new Attending(config, config.encoderWidth(), w.at("crossattention"));
        intermediate = Linear.of(w, "intermediate.dense", d, config.intermediateSize());
        output = Linear.of(w, "output.dense", config.intermediateSize(), d);
        norm = LayerNorm.of(w, "output.LayerNorm", d, config.layerNormEps());
    }

    /** x [B, L, D]; picture [B, N, Dv]. */
    Tensor forward(Tensor x, Tensor picture) {
        return scoped(() -> {
            Tensor itself = attention.forward(x, x);
            Tensor seen = crossattention.forward(itself, picture);
            Tensor hidden = scoped(() -> output.forward(Ops.gelu(intermediate.forward(seen))));
            return norm.forward(hidden.add(seen));
        });
    }

    private static final class Attending {
        private final int heads;
        private final Linear query;
        private final Linear key;
        private final Linear value;
        private final Linear dense;
        private final LayerNorm norm;

        Attending(ImageRewardConfig.Text config, int width, Weights w) {
            int d = config.hiddenSize();
            heads = config.numAttentionHeads();
            query = Linear.of(w, "self.query", d, d);
            key = Linear.of(w, "self.key", width, d);
            value = Linear.of(w, "self.value", width, d);
            dense = Linear.of(w, "output.dense", d, d);
            norm = LayerNorm.of(w, "output.LayerNorm", d, config.layerNormEps());
        }

        Tensor forward(Tensor x, Tensor at) {
            return scoped(() -> {
                Tensor attended = Heads.attention(query.forward(x), key.forward(at), value.forward(at), heads);
                return norm.forward(dense.forward(attended).add(x));
            });
        }
    }
}
