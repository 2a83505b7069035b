package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Two normalised convolutions beside a shortcut. Source: diffusers resnet.py@0.42.1, ResnetBlock2D without time embedding, and
 * autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoResnetBlockCausal3D.
 */
final class ResnetBlock implements Layer {
    private final Chain residual;
    /** A convolution of side 1 where the number of channels changes. */
    private final @Nullable Layer shortcut;

    ResnetBlock(Weights w, Geometry geometry, int in, int out, int groups) {
        residual = Chain.of(
                GroupNorm.of(w, "norm1", in, groups)::forwardSilu,
                geometry.convolution(w, "conv1", in, out, 3),
                GroupNorm.of(w, "norm2", out, groups)::forwardSilu,
                geometry.convolution(w, "conv2", out, out, 3));
        shortcut = in == out ? null : geometry.convolution(w, "conv_shortcut", in, out, 1);
    }

    /** Blocks {@code resnets.0} to {@code resnets.(count - 1)}; the first changes the number of channels. */
    static Chain row(Weights w, Geometry geometry, int count, int in, int out, int groups) {
        return new Chain(IntStream.range(0, count)
                .<Layer>mapToObj(i -> new ResnetBlock(w.at("resnets." + i), geometry, i == 0 ? in : out, out, groups))
                .toList());
    }

    /** x [B, in, ..] → [B, out, ..]. */
    @Override
    public Tensor forward(Tensor x) {
        return scoped(() -> {
            Tensor h = residual.forward(x);
            return h.addInPlace(shortcut == null ? x : shortcut.forward(x));
        });
    }
}
