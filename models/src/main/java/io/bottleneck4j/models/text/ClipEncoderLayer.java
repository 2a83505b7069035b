package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention and feed-forward, each normalised before; of CLIP's text and vision towers alike. Source: transformers
 * modeling_clip.py@5.23.0, CLIPEncoderLayer.
 */
public final class ClipEncoderLayer {
    private final Size size;
    private final LayerNorm layerNorm1;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear out;
    private final LayerNorm layerNorm2;
    private final Linear fc1;
    private final Linear fc2;

    /**
     * What the layers of a tower have in common.
     *
     * @param hiddenSize width D of the states
     * @param intermediateSize width of the feed-forward layer
     * @param heads of attention, which divide D
     * @param eps of the normalisations
     */
    public record Size(int hiddenSize, int intermediateSize, int heads, Activation hiddenAct, double eps) {
        public Size {
            Bounds.positive("hidden_size", hiddenSize, Bounds.WIDTH);
            Bounds.positive("intermediate_size", intermediateSize, Bounds.WIDTH);
            Bounds.positive("num_attention_heads", heads, Bounds.WIDTH);
            Bounds.epsilon("layer_norm_eps", eps);
            Bounds.multiple("hidden_size", hiddenSize, "num_attention_heads", heads);
        }
    }

    /** Reads the weights. */
    public ClipEncoderLayer(Size size, Weights w) {
        this.size = size;
        int d = size.hiddenSize();
        layerNorm1 = LayerNorm.of(w, "layer_norm1", d, size.eps());
        query = Linear.of(w, "self_attn.q_proj", d, d);
        key = Linear.of(w, "self_attn.k_proj", d, d);
        value = Linear.of(w, "self_attn.v_proj", d, d);
        out = Linear.of(w, "self_attn.out_proj", d, d);
        layerNorm2 = LayerNorm.of(w, "layer_norm2", d, size.eps());
        fc1 = Linear.of(w, "mlp.fc1", d, size.intermediateSize());
        fc2 = Linear.of(w, "mlp.fc2", size.intermediateSize(), d);
    }

    /** x [B, L, D]; mask [1, 1, L, L], added to the scores, or none. */
    public Tensor forward(Tensor x, @Nullable Tensor mask) {
        return scoped(() -> {
            Tensor attended = scoped(() -> x.add(attention(layerNorm1.forward(x), mask)));
            Tensor hidden = scoped(() -> size.hiddenAct().apply(fc1.forward(layerNorm2.forward(attended))));
            return attended.add(fc2.forward(hidden));
        });
    }

    private Tensor attention(Tensor x, @Nullable Tensor mask) {
        double scale = 1 / Math.sqrt((double) size.hiddenSize() / size.heads());
        Tensor attended = Attention.attention(heads(query, x), heads(key, x), heads(value, x), mask, scale);
        return out.forward(attended.transpose(1, 2).reshape(x.size(0), x.size(1), size.hiddenSize()));
    }

    /** [B, L, D] → [B, H, L, Dh]. */
    private Tensor heads(Linear projection, Tensor x) {
        return projection
                .forward(x)
                .view(x.size(0), x.size(1), size.heads(), size.hiddenSize() / size.heads())
                .transpose(1, 2);
    }
}
