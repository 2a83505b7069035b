package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.models.nn.Layer.Chain;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.GroupNorm;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encoder, from a picture or video to the moments of its latents, or the decoder, from latents to a picture or video. Source: diffusers
 * autoencoders/vae.py@0.42.1, Encoder and Decoder, unet_2d_blocks.py, DownEncoderBlock2D, UpDecoderBlock2D and UNetMidBlock2D, and
 * autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoEncoder3D and HunyuanVideoDecoder3D with their blocks.
 */
final class Coder implements Layer {
    /** Of every normalisation. */
    static final double EPS = 1e-6;

    private final List<Chain> parts;
    private final Chain whole;
    private final GroupNorm normOut;

    private Coder(Layer convIn, List<Chain> blocks, GroupNorm normOut, Layer convOut) {
        this.normOut = normOut;
        parts = new ArrayList<>();
        parts.add(Chain.of(MemoryFormat::channelsLast, convIn));
        parts.addAll(blocks);
        parts.add(Chain.of(normOut::forward));
        parts.add(Chain.of(Ops::silu, convOut));
        whole = new Chain(List.copyOf(parts));
    }

    /** x [B, inChannels, ..] → [B, 2 · latentChannels, ..]. */
    static Coder encoder(Weights w, CoderConfig config, Geometry geometry) {
        List<Integer> channels = config.blockOutChannels();
        List<Chain> blocks = new ArrayList<>();
        int in = config.outermostChannels();
        for (int i = 0; i < channels.size(); i++) { // from the highest resolution to the lowest
            Weights block = w.at("down_blocks." + i);
            int out = channels.get(i);
            List<Layer> layers = resnets(block, config, geometry, config.layersPerBlock(), in, out);
            layers.addAll(geometry.downsampler(block, out, i));
            blocks.add(new Chain(layers));
            in = out;
        }
        blocks.add(middle(w.at("mid_block"), config, geometry));
        int last = config.innermostChannels();
        return new Coder(
                geometry.convolution(w, "conv_in", config.inChannels(), config.outermostChannels(), 3),
                blocks,
                GroupNorm.of(w, "conv_norm_out", last, config.normNumGroups(), EPS),
                geometry.convolution(w, "conv_out", last, 2 * config.latentChannels(), 3));
    }

    /** z [B, latentChannels, ..] → [B, outChannels, ..]. */
    static Coder decoder(Weights w, CoderConfig config, Geometry geometry) {
        List<Integer> channels = config.blockOutChannels();
        List<Chain> blocks = new ArrayList<>();
        blocks.add(middle(w.at("mid_block"), config, geometry));
        int in = config.innermostChannels();
        for (int i = 0; i < channels.size(); i++) { // from the lowest resolution to the highest
            Weights block = w.at("up_blocks." + i);
            int out = channels.get(channels.size() - 1 - i);
            List<Layer> layers = resnets(block, config, geometry, config.layersPerBlock() + 1, in, out);
            layers.addAll(geometry.upsampler(block, out, i));
            blocks.add(new Chain(layers));
            in = out;
        }
        int last = config.outermostChannels();
        return new Coder(
                geometry.convolution(w, "conv_in", config.latentChannels(), config.innermostChannels(), 3),
                blocks,
                GroupNorm.of(w, "conv_norm_out", last, config.normNumGroups(), EPS),
                geometry.convolution(w, "conv_out", last, config.outChannels(), 3));
    }

    /** The layers at the lowest resolution. */
    private static Chain middle(Weights w, CoderConfig config, Geometry geometry) {
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

    /** Blocks {@code resnets.0} to {@code resnets.(count - 1)}; the first changes the number of channels. */
    private static List<Layer> resnets(Weights w, CoderConfig config, Geometry geometry, int count, int in, int out) {
        List<Layer> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = i == 0 ? in : out;
            blocks.add(new ResnetBlock(w.at("resnets." + i), geometry, from, out, config.normNumGroups()));
        }
        return blocks;
    }

    @Override
    public Tensor forward(Tensor x) {
        return whole.forward(x);
    }

    DType dtype() {
        return normOut.weight().dtype();
    }

    Device device() {
        return normOut.weight().device();
    }

    /** conv_in, each block in turn, conv_norm_out and conv_out, for tests that compare them one by one. */
    List<Chain> parts() {
        return List.copyOf(parts);
    }

    /**
     * Two normalised convolutions beside a shortcut. Source: diffusers resnet.py@0.42.1, ResnetBlock2D without time embedding, and
     * autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoResnetBlockCausal3D.
     */
    private static final class ResnetBlock implements Layer {
        private final Chain residual;
        /** A convolution of side 1 where the number of channels changes. */
        private final @Nullable Layer shortcut;

        ResnetBlock(Weights w, Geometry geometry, int in, int out, int groups) {
            residual = Chain.of(
                    GroupNorm.of(w, "norm1", in, groups, EPS)::forwardSilu,
                    geometry.convolution(w, "conv1", in, out, 3),
                    GroupNorm.of(w, "norm2", out, groups, EPS)::forwardSilu,
                    geometry.convolution(w, "conv2", out, out, 3));
            shortcut = in == out ? null : geometry.convolution(w, "conv_shortcut", in, out, 1);
        }

        /** x [B, in, ..] → [B, out, ..]. */
        @Override
        public Tensor forward(Tensor x) {
            return scoped(() -> {
                Tensor h = residual.forward(x);
                return h.addInPlace(shortcut == null ? x : shortcut.forward(x));
            });
        }
    }
}
