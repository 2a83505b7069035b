package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Attention.attention;
import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;

/**
 * Attention of every position to every other, one head as wide as the channels, added to its input. Source: diffusers
 * attention_processor.py@0.42.1, Attention as UNetMidBlock2D makes it.
 */
final class SpatialAttention implements Layer {
    private final GroupNorm norm;
    private final Conv2d query;
    private final Conv2d key;
    private final Conv2d value;
    private final Conv2d out;

    SpatialAttention(Weights w, int channels, int groups) {
        norm = GroupNorm.of(w, "group_norm", channels, groups);
        query = projection(w, "to_q", channels);
        key = projection(w, "to_k", channels);
        value = projection(w, "to_v", channels);
        out = projection(w, "to_out.0", channels);
    }

    /** A linear layer at every position is a 1 × 1 convolution, which takes the picture as it lies. */
    private static Conv2d projection(Weights w, String key, int channels) {
        Tensor weight =
                w.made(() -> w.passing(key + ".weight", channels, channels).view(channels, channels, 1, 1));
        return new Conv2d(weight, w.tensor(key + ".bias", channels), 1, 0);
    }

    /** x [B, C, H, W] → the same shape. */
    @Override
    public Tensor forward(Tensor x) {
        return scoped(() -> {
            Tensor attended = scoped(() -> {
                Tensor normed = norm.forward(x);
                return attention(
                        tokens(query.forward(normed)), tokens(key.forward(normed)), tokens(value.forward(normed)));
            });
            Tensor back =
                    attended.view(x.size(0), x.size(2), x.size(3), x.size(1)).permute(0, 3, 1, 2);
            return x.add(out.forward(back));
        });
    }

    /** [B, C, H, W] → [B, 1, H · W, C], one head; no copy where channels lie last. */
    private static Tensor tokens(Tensor x) {
        return x.permute(0, 2, 3, 1).reshape(x.size(0), 1, x.size(2) * x.size(3), x.size(1));
    }
}
