package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;

/**
 * The encoder's layers at one resolution, then, except at the last, a step to the halved one. Source: diffusers
 * unet_2d_blocks.py@0.42.1, DownEncoderBlock2D.
 */
final class DownEncoderBlock2D {
    private DownEncoderBlock2D() {}

    /** Block {@code index} of the encoder, 0 the highest resolution: [B, in, H, W] → [B, out, H / 2, W / 2], the last [B, out, H, W]. */
    static Chain of(Weights w, AutoencoderKlConfig config, int index) {
        int last = config.blockOutChannels().size() - 1;
        int in = config.blockOutChannels().get(Math.max(0, index - 1));
        int out = config.blockOutChannels().get(index);
        Chain resnets = ResnetBlock2D.row(w, config.layersPerBlock(), in, out, config.normNumGroups());
        if (index == last) {
            return resnets;
        }
        // Zeros go to the right and the bottom only, so the convolution itself has no padding.
        Conv2d downsampler = Conv2d.of(w, "downsamplers.0.conv", out, out, 3, 2, 0);
        return Chain.of(resnets, x -> Ops.padEnd(x, 1, 1), downsampler::forward);
    }
}
