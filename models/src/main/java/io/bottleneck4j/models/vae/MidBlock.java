package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The layers at the lowest resolution. Source: diffusers unet_2d_blocks.py@0.42.1, UNetMidBlock2D, and
 * autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoMidBlock3D.
 */
final class MidBlock {
    private MidBlock() {}

    static Chain of(Weights w, CoderConfig config, Geometry geometry) {
        int channels = config.innermostChannels();
        int groups = config.normNumGroups();
        List<Layer> layers = new ArrayList<>();
        layers.add(new ResnetBlock(w.at("resnets.0"), geometry, channels, channels, groups));
        if (config.midBlockAddAttention()) {
            layers.add(new CausalAttention(w.at("attentions.0"), channels, groups));
        }
        layers.add(new ResnetBlock(w.at("resnets.1"), geometry, channels, channels, groups));
        return new Chain(layers);
    }
}
