package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;

/**
 * Videos [B, C, F, H, W]: convolutions see no later frame, the first blocks change height and width, the last but one and those
 * before it time. The first frame stays one frame: 1 + n frames become 1 + 2n, and back. Source: diffusers
 * autoencoder_kl_hunyuan_video.py@0.42.1.
 *
 * @param blocks of encoder and decoder
 * @param spatialDoublings blocks from the first that change height and width
 * @param temporalDoublings blocks before the last that change time
 */
record VideoGeometry(int blocks, int spatialDoublings, int temporalDoublings) implements Geometry {
    @Override
    public Layer convolution(Weights w, String key, int in, int out, int k) {
        return CausalConv3d.of(w, key + ".conv", in, out, k);
    }

    @Override
    public List<Layer> downsampler(Weights w, int channels, int index) {
        Factors factors = factors(index);
        return factors.isNone()
                ? List.of()
                : List.of(CausalConv3d.of(w, "downsamplers.0.conv.conv", channels, channels, 3)
                        .withStrides(factors.time(), factors.side()));
    }

    @Override
    public List<Layer> upsampler(Weights w, int channels, int index) {
        Factors factors = factors(index);
        return factors.isNone()
                ? List.of()
                : List.of(
                        x -> repeated(x, factors.time(), factors.side()),
                        convolution(w, "upsamplers.0.conv", channels, channels, 3));
    }

    /** What a block multiplies or divides lengths by. */
    record Factors(int time, int side) {
        boolean isNone() {
            return time == 1 && side == 1;
        }
    }

    /** Of block {@code index}, counted from the first of encoder or decoder. */
    Factors factors(int index) {
        int time = index >= blocks - 1 - temporalDoublings && index < blocks - 1 ? 2 : 1;
        return new Factors(time, index < spatialDoublings ? 2 : 1);
    }

    /** Repeats each value {@code side} times in height and width, and {@code time} times in time but for the first frame's. */
    static Tensor repeated(Tensor x, int time, int side) {
        long later = x.size(2) - 1;
        return scoped(() -> {
            Tensor out =
                    MemoryFormat.emptyChannelsLast(x, x.size(1), 1 + later * time, x.size(3) * side, x.size(4) * side);
            repeat(x.until(2, 1), out.until(2, 1), 1, side);
            if (later > 0) {
                repeat(x.from(2, 1), out.from(2, 1), time, side);
            }
            return out;
        });
    }

    private static void repeat(Tensor x, Tensor out, int time, int side) {
        long b = x.size(0);
        long c = x.size(1);
        long f = x.size(2);
        long h = x.size(3);
        long w = x.size(4);
        out.view(b, c, f, time, h, side, w, side).copyFrom(x.view(b, c, f, 1, h, 1, w, 1));
    }
}
