package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Attention.attention;
import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/**
 * Attention of every position to every other, one head as wide as the channels, added to its input. Source: diffusers
 * attention_processor.py@0.42.1, Attention as UNetMidBlock2D makes it.
 */
final class SpatialAttention implements Layer {
    private final GroupNorm norm;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear out;

    SpatialAttention(Weights w, int channels, int groups) {
        norm = GroupNorm.of(w, "group_norm", channels, groups);
        query = Linear.of(w, "to_q", channels, channels);
        key = Linear.of(w, "to_k", channels, channels);
        value = Linear.of(w, "to_v", channels, channels);
        out = Linear.of(w, "to_out.0", channels, channels);
    }

    /** x [B, C, H, W] → the same shape. */
    @Override
    public Tensor forward(Tensor x) {
        long b = x.size(0);
        long c = x.size(1);
        long h = x.size(2);
        long w = x.size(3);
        return scoped(() -> {
            Tensor attended = scoped(() -> {
                Tensor tokens = norm.forward(x).permute(0, 2, 3, 1).reshape(b, 1, h * w, c);
                return attention(query.forward(tokens), key.forward(tokens), value.forward(tokens));
            });
            return x.add(out.forward(attended).view(b, h, w, c).permute(0, 3, 1, 2));
        });
    }
}
