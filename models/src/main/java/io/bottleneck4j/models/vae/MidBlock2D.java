package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;

/** The layers at the lowest resolution. Source: diffusers unet_2d_blocks.py@0.42.1, UNetMidBlock2D. */
final class MidBlock2D {
    private MidBlock2D() {}

    static Chain of(Weights w, AutoencoderKlConfig config) {
        int channels = config.innermostChannels();
        int groups = config.normNumGroups();
        List<Layer> layers = new ArrayList<>();
        layers.add(new ResnetBlock2D(w.at("resnets.0"), channels, channels, groups));
        if (config.midBlockAddAttention()) {
            layers.add(new SpatialAttention(w.at("attentions.0"), channels, groups));
        }
        layers.add(new ResnetBlock2D(w.at("resnets.1"), channels, channels, groups));
        return new Chain(layers);
    }
}
