package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The encoder's layers at one resolution, then, as a rule, a step to a lower one. Source: diffusers unet_2d_blocks.py@0.42.1,
 * DownEncoderBlock2D, and autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoDownBlock3D.
 */
final class DownEncoderBlock {
    private DownEncoderBlock() {}

    /** Block {@code index} of the encoder, 0 the highest resolution: [B, in, ..] → [B, out, ..]. */
    static Chain of(Weights w, CoderConfig config, Geometry geometry, int index) {
        int in = config.blockOutChannels().get(Math.max(0, index - 1));
        int out = config.blockOutChannels().get(index);
        List<Layer> layers = new ArrayList<>();
        layers.add(ResnetBlock.row(w, geometry, config.layersPerBlock(), in, out, config.normNumGroups()));
        layers.addAll(geometry.downsampler(w, out, index));
        return new Chain(layers);
    }
}
