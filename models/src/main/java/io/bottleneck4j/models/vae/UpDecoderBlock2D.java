package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;

/**
 * The decoder's layers at one resolution, then, except at the last, a step to the doubled one. Source: diffusers
 * unet_2d_blocks.py@0.42.1, UpDecoderBlock2D.
 */
final class UpDecoderBlock2D {
    private UpDecoderBlock2D() {}

    /** Block {@code index} of the decoder, 0 the lowest resolution: [B, in, H, W] → [B, out, 2H, 2W], the last [B, out, H, W]. */
    static Chain of(Weights w, AutoencoderKlConfig config, int index) {
        int last = config.blockOutChannels().size() - 1;
        int in = config.blockOutChannels().get(Math.min(last, last - index + 1));
        int out = config.blockOutChannels().get(last - index);
        Chain resnets = ResnetBlock2D.row(w, config.layersPerBlock() + 1, in, out, config.normNumGroups());
        if (index == last) {
            return resnets;
        }
        Conv2d upsampler = Conv2d.same(w, "upsamplers.0.conv", out, out, 3);
        return Chain.of(resnets, Ops::upsampleNearest2x, upsampler::forward);
    }
}
