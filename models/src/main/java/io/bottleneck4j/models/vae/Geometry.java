package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.util.List;

/** What the autoencoders of pictures and of videos differ in: how they convolve, and how they change the resolution. */
interface Geometry {
    /** A convolution with a kernel of side {@code k} that keeps the resolution. */
    Layer convolution(Weights w, String key, int in, int out, int k);

    /** What ends block {@code index} of the encoder, counted from the highest resolution; nothing where that stays the same. */
    List<Layer> downsampler(Weights w, int channels, int index);

    /** What ends block {@code index} of the decoder, counted from the lowest resolution; nothing where that stays the same. */
    List<Layer> upsampler(Weights w, int channels, int index);

    /**
     * Pictures [B, C, H, W]: zeros around them, and twice the side from block to block. Source: diffusers unet_2d_blocks.py@0.42.1.
     *
     * @param blocks of encoder and decoder; the last of each does not change the resolution
     */
    record Pictures(int blocks) implements Geometry {
        @Override
        public Layer convolution(Weights w, String key, int in, int out, int k) {
            return Conv2d.same(w, key, in, out, k)::forward;
        }

        @Override
        public List<Layer> downsampler(Weights w, int channels, int index) {
            if (index == blocks - 1) {
                return List.of();
            }
            // Zeros go to the right and the bottom only, so the convolution itself has no padding.
            Conv2d downsampler = Conv2d.of(w, "downsamplers.0.conv", channels, channels, 3, 2, 0);
            return List.of(x -> Ops.padEnd(x, 1, 1), downsampler::forward);
        }

        @Override
        public List<Layer> upsampler(Weights w, int channels, int index) {
            return index == blocks - 1
                    ? List.of()
                    : List.of(Ops::upsampleNearest2x, convolution(w, "upsamplers.0.conv", channels, channels, 3));
        }
    }
}
