package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * From latents to a picture or video. Source: diffusers autoencoders/vae.py@0.42.1, Decoder, and
 * autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoDecoder3D.
 */
final class Decoder implements Layer {
    private final GroupNorm normOut;
    private final List<Chain> parts = new ArrayList<>();
    private final Chain whole;

    Decoder(Weights w, CoderConfig config, Geometry geometry) {
        int innermost = config.innermostChannels();
        int outermost = config.outermostChannels();
        Layer convIn = geometry.convolution(w, "conv_in", config.latentChannels(), innermost, 3);
        parts.add(Chain.of(MemoryFormat::channelsLast, convIn));
        parts.add(MidBlock.of(w.at("mid_block"), config, geometry));
        for (int i = 0; i < config.blockOutChannels().size(); i++) {
            parts.add(UpDecoderBlock.of(w.at("up_blocks." + i), config, geometry, i));
        }
        normOut = GroupNorm.of(w, "conv_norm_out", outermost, config.normNumGroups());
        parts.add(Chain.of(normOut));
        parts.add(Chain.of(Ops::silu, geometry.convolution(w, "conv_out", outermost, config.outChannels(), 3)));
        whole = new Chain(List.copyOf(parts));
    }

    /** z [B, latentChannels, ..] → [B, outChannels, ..]. */
    @Override
    public Tensor forward(Tensor z) {
        return whole.forward(z);
    }

    DType dtype() {
        return normOut.weight().dtype();
    }

    Device device() {
        return normOut.weight().device();
    }

    /** conv_in, mid_block, each of up_blocks, conv_norm_out and conv_out, for tests that compare them one by one. */
    List<Chain> parts() {
        return List.copyOf(parts);
    }
}
