package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;

/** Self-attention and feed-forward, each normalised before. Source: transformers modeling_clip.py@5.23.0, CLIPEncoderLayer. */
final class ClipEncoderLayer {
    private final ClipTextConfig config;
    private final LayerNorm layerNorm1;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear out;
    private final LayerNorm layerNorm2;
    private final Linear fc1;
    private final Linear fc2;

    ClipEncoderLayer(ClipTextConfig config, Weights w) {
        this.config = config;
        int d = config.hiddenSize();
        layerNorm1 = LayerNorm.of(w, "layer_norm1", d, config.layerNormEps());
        query = Linear.of(w, "self_attn.q_proj", d, d);
        key = Linear.of(w, "self_attn.k_proj", d, d);
        value = Linear.of(w, "self_attn.v_proj", d, d);
        out = Linear.of(w, "self_attn.out_proj", d, d);
        layerNorm2 = LayerNorm.of(w, "layer_norm2", d, config.layerNormEps());
        fc1 = Linear.of(w, "mlp.fc1", d, config.intermediateSize());
        fc2 = Linear.of(w, "mlp.fc2", config.intermediateSize(), d);
    }

    /** x [1, L, D]; mask [1, 1, L, L], added to the scores. */
    Tensor forward(Tensor x, Tensor mask) {
        return scoped(() -> {
            Tensor attended = scoped(() -> x.add(attention(layerNorm1.forward(x), mask)));
            Tensor hidden = scoped(() -> config.hiddenAct().apply(fc1.forward(layerNorm2.forward(attended))));
            return attended.add(fc2.forward(hidden));
        });
    }

    private Tensor attention(Tensor x, Tensor mask) {
        double scale = 1 / Math.sqrt((double) config.headDim());
        Tensor attended = Attention.attention(heads(query, x), heads(key, x), heads(value, x), mask, scale);
        return out.forward(attended.transpose(1, 2).reshape(1, x.size(1), config.hiddenSize()));
    }

    /** [1, L, D] → [1, H, L, Dh]. */
    private Tensor heads(Linear projection, Tensor x) {
        return projection
                .forward(x)
                .view(1, x.size(1), config.numAttentionHeads(), config.headDim())
                .transpose(1, 2);
    }
}
