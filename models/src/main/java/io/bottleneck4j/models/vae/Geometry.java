package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.io.Weights;
import java.util.List;

/** What the autoencoders of pictures and of videos differ in: how they convolve, and how they change the resolution. */
interface Geometry {
    /** A convolution with a kernel of side {@code k} that keeps the resolution. */
    Layer convolution(Weights w, String key, int in, int out, int k);

    /** What ends block {@code index} of the encoder, counted from the highest resolution; nothing where that stays the same. */
    List<Layer> downsampler(Weights w, int channels, int index);

    /** What ends block {@code index} of the decoder, counted from the lowest resolution; nothing where that stays the same. */
    List<Layer> upsampler(Weights w, int channels, int index);
}
