package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Attention.attention;
import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.GroupNorm;
import io.bottleneck4j.torch.nn.Linear;
import java.util.function.Function;

/**
 * Attention of every position to all of its frame and of the frames before, one head as wide as the channels, added to its input;
 * a picture is one frame. Frame by frame, so that there is no mask. Source: diffusers attention_processor.py@0.42.1, Attention as
 * UNetMidBlock2D and, with prepare_causal_attention_mask, HunyuanVideoMidBlock3D make it.
 */
final class CausalAttention implements Layer {
    private final Layer norm;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear out;

    CausalAttention(Weights w, int channels, int groups) {
        this(
                GroupNorm.of(w, "group_norm", channels, groups, Coder.EPS)::forward,
                key -> Linear.of(w, key, channels, channels),
                "to_out.0");
    }

    /**
     * Of layers that lie elsewhere.
     *
     * @param norm before the projections
     * @param projections by their keys: {@code to_q}, {@code to_k}, {@code to_v} and that of the last
     * @param last key of what brings the result back
     */
    CausalAttention(Layer norm, Function<String, Linear> projections, String last) {
        this.norm = norm;
        query = projections.apply("to_q");
        key = projections.apply("to_k");
        value = projections.apply("to_v");
        out = projections.apply(last);
    }

    /** x [B, C, H, W] or [B, C, F, H, W] → the same shape. */
    @Override
    public Tensor forward(Tensor x) {
        long frames = x.dim() == 5 ? x.size(2) : 1;
        return scoped(() -> {
            Tensor attended = scoped(() -> {
                Tensor tokens = MemoryFormat.toEnd(norm.forward(x)).reshape(x.size(0), -1, x.size(1));
                return causal(
                        query.forward(tokens).unsqueeze(1),
                        key.forward(tokens).unsqueeze(1),
                        value.forward(tokens).unsqueeze(1),
                        frames);
            });
            long[] last = MemoryFormat.toEnd(x).shape();
            return MemoryFormat.toSecond(out.forward(attended).view(last)).addInPlace(x);
        });
    }

    /** [B, 1, F · N, C], frame after frame → the same shape. */
    private static Tensor causal(Tensor q, Tensor k, Tensor v, long frames) {
        if (frames == 1) {
            return attention(q, k, v);
        }
        long each = q.size(2) / frames;
        Tensor attended = Tensor.empty(q.dtype(), q.device(), q.shape());
        for (long frame = 0; frame < frames; frame++) {
            long end = (frame + 1) * each;
            try (Scope scope = Scope.open()) {
                attended.narrow(2, end - each, each)
                        .copyFrom(attention(q.narrow(2, end - each, each), k.until(2, end), v.until(2, end)));
            }
        }
        return attended;
    }
}
