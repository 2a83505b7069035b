package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Two normalised convolutions beside a shortcut. Source: diffusers resnet.py@0.42.1, ResnetBlock2D without time embedding. */
final class ResnetBlock2D implements Layer {
    private final Chain residual;
    /** A 1 × 1 convolution where the number of channels changes. */
    private final @Nullable Conv2d shortcut;

    ResnetBlock2D(Weights w, int in, int out, int groups) {
        residual = Chain.of(
                GroupNorm.of(w, "norm1", in, groups)::forwardSilu,
                Conv2d.same(w, "conv1", in, out, 3)::forward,
                GroupNorm.of(w, "norm2", out, groups)::forwardSilu,
                Conv2d.same(w, "conv2", out, out, 3)::forward);
        shortcut = in == out ? null : Conv2d.same(w, "conv_shortcut", in, out, 1);
    }

    /** Blocks {@code resnets.0} to {@code resnets.(count - 1)}; the first changes the number of channels. */
    static Chain row(Weights w, int count, int in, int out, int groups) {
        return new Chain(IntStream.range(0, count)
                .<Layer>mapToObj(i -> new ResnetBlock2D(w.at("resnets." + i), i == 0 ? in : out, out, groups))
                .toList());
    }

    /** x [B, in, H, W] → [B, out, H, W]. */
    @Override
    public Tensor forward(Tensor x) {
        return scoped(() -> {
            Tensor h = residual.forward(x);
            return (shortcut == null ? x : shortcut.forward(x)).add(h);
        });
    }
}
