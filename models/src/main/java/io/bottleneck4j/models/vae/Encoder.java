package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * From a picture or video to the moments of its latents. Source: diffusers autoencoders/vae.py@0.42.1, Encoder, and
 * autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoEncoder3D.
 */
final class Encoder implements Layer {
    private final List<Chain> parts = new ArrayList<>();
    private final Chain whole;

    Encoder(Weights w, CoderConfig config, Geometry geometry) {
        int innermost = config.innermostChannels();
        Layer convIn = geometry.convolution(w, "conv_in", config.inChannels(), config.outermostChannels(), 3);
        parts.add(Chain.of(MemoryFormat::channelsLast, convIn));
        for (int i = 0; i < config.blockOutChannels().size(); i++) {
            parts.add(DownEncoderBlock.of(w.at("down_blocks." + i), config, geometry, i));
        }
        parts.add(MidBlock.of(w.at("mid_block"), config, geometry));
        parts.add(Chain.of(GroupNorm.of(w, "conv_norm_out", innermost, config.normNumGroups())));
        parts.add(Chain.of(Ops::silu, geometry.convolution(w, "conv_out", innermost, 2 * config.latentChannels(), 3)));
        whole = new Chain(List.copyOf(parts));
    }

    /** x [B, inChannels, ..] → [B, 2 · latentChannels, ..]. */
    @Override
    public Tensor forward(Tensor x) {
        return whole.forward(x);
    }

    /** conv_in, each of down_blocks, mid_block, conv_norm_out and conv_out, for tests that compare them one by one. */
    List<Chain> parts() {
        return List.copyOf(parts);
    }
}
