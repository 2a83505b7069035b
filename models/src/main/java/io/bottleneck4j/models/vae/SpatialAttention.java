package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Attention.attention;
import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
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
        return scoped(() -> {
            Tensor attended = scoped(() -> {
                Tensor normed = norm.forward(x);
                return attention(
                        tokens(project(query, normed)), tokens(project(key, normed)), tokens(project(value, normed)));
            });
            Tensor back =
                    attended.view(x.size(0), x.size(2), x.size(3), x.size(1)).permute(0, 3, 1, 2);
            return x.add(project(out, back));
        });
    }

    /**
     * The layer at every position, as the 1 × 1 convolution that it is: in float32 on a CPU a matrix product would go to OpenBLAS,
     * whose threads and libtorch's own keep each other waiting.
     */
    private static Tensor project(Linear layer, Tensor x) {
        Tensor weight = layer.weight();
        return Ops.conv2d(x, weight.view(weight.size(0), weight.size(1), 1, 1), layer.bias(), 1, 0);
    }

    /** [B, C, H, W] → [B, 1, H · W, C], one head; no copy where channels lie last. */
    private static Tensor tokens(Tensor x) {
        return x.permute(0, 2, 3, 1).reshape(x.size(0), 1, x.size(2) * x.size(3), x.size(1));
    }
}
