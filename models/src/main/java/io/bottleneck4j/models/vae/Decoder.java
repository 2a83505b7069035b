package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.util.ArrayList;
import java.util.List;

/** From latents to a picture. Source: diffusers autoencoders/vae.py@0.42.1, Decoder. */
final class Decoder implements Layer {
    private final Conv2d convIn;
    private final List<Chain> parts = new ArrayList<>();
    private final Chain whole;

    Decoder(Weights w, AutoencoderKlConfig config) {
        int innermost = config.innermostChannels();
        int outermost = config.blockOutChannels().get(0);
        convIn = Conv2d.same(w, "conv_in", config.latentChannels(), innermost, 3);
        parts.add(Chain.of(MemoryFormat::channelsLast, convIn::forward));
        parts.add(MidBlock2D.of(w.at("mid_block"), config));
        for (int i = 0; i < config.blockOutChannels().size(); i++) {
            parts.add(UpDecoderBlock2D.of(w.at("up_blocks." + i), config, i));
        }
        parts.add(Chain.of(GroupNorm.of(w, "conv_norm_out", outermost, config.normNumGroups())));
        Conv2d convOut = Conv2d.same(w, "conv_out", outermost, config.outChannels(), 3);
        parts.add(Chain.of(Ops::silu, convOut::forward));
        whole = new Chain(List.copyOf(parts));
    }

    /** z [B, latentChannels, h, w] → [B, outChannels, H, W]. */
    @Override
    public Tensor forward(Tensor z) {
        return whole.forward(z);
    }

    DType dtype() {
        return convIn.weight().dtype();
    }

    Device device() {
        return convIn.weight().device();
    }

    /** conv_in, mid_block, each of up_blocks, conv_norm_out and conv_out, for tests that compare them one by one. */
    List<Chain> parts() {
        return List.copyOf(parts);
    }
}
