package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoder's layers at one resolution, then, as a rule, a step to a higher one. Source: diffusers unet_2d_blocks.py@0.42.1,
 * UpDecoderBlock2D, and autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoUpBlock3D.
 */
final class UpDecoderBlock {
    private UpDecoderBlock() {}

    /** Block {@code index} of the decoder, 0 the lowest resolution: [B, in, ..] → [B, out, ..]. */
    static Chain of(Weights w, CoderConfig config, Geometry geometry, int index) {
        int last = config.blockOutChannels().size() - 1;
        int in = config.blockOutChannels().get(Math.min(last, last - index + 1));
        int out = config.blockOutChannels().get(last - index);
        List<Layer> layers = new ArrayList<>();
        layers.add(ResnetBlock.row(w, geometry, config.layersPerBlock() + 1, in, out, config.normNumGroups()));
        layers.addAll(geometry.upsampler(w, out, index));
        return new Chain(layers);
    }
}
