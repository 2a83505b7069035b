package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.util.ArrayList;
import java.util.List;

/** From a picture to the moments of its latents. Source: diffusers autoencoders/vae.py@0.42.1, Encoder. */
final class Encoder implements Layer {
    private final List<Chain> parts = new ArrayList<>();
    private final Chain whole;

    Encoder(Weights w, AutoencoderKlConfig config) {
        int innermost = config.innermostChannels();
        int outermost = config.blockOutChannels().get(0);
        Conv2d convIn = Conv2d.same(w, "conv_in", config.inChannels(), outermost, 3);
        parts.add(Chain.of(MemoryFormat::channelsLast, convIn::forward));
        for (int i = 0; i < config.blockOutChannels().size(); i++) {
            parts.add(DownEncoderBlock2D.of(w.at("down_blocks." + i), config, i));
        }
        parts.add(MidBlock2D.of(w.at("mid_block"), config));
        parts.add(Chain.of(GroupNorm.of(w, "conv_norm_out", innermost, config.normNumGroups())));
        Conv2d convOut = Conv2d.same(w, "conv_out", innermost, 2 * config.latentChannels(), 3);
        parts.add(Chain.of(Ops::silu, convOut::forward));
        whole = new Chain(List.copyOf(parts));
    }

    /** x [B, inChannels, H, W] → [B, 2 · latentChannels, h, w]. */
    @Override
    public Tensor forward(Tensor x) {
        return whole.forward(x);
    }

    /** conv_in, each of down_blocks, mid_block, conv_norm_out and conv_out, for tests that compare them one by one. */
    List<Chain> parts() {
        return List.copyOf(parts);
    }
}
