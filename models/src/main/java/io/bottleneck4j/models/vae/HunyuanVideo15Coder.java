package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.models.nn.Layer.Chain;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encoder of {@link AutoencoderKlHunyuanVideo15}, from a video to the moments of its latents, or the decoder. No layer sees a later frame.
 * Source: diffusers autoencoder_kl_hunyuanvideo15.py@0.42.1, HunyuanVideo15Encoder3D and HunyuanVideo15Decoder3D with their blocks.
 */
final class HunyuanVideo15Coder implements Layer {
    private final List<Chain> parts;
    private final Chain whole;
    private final ChannelNorm normOut;

    private HunyuanVideo15Coder(List<Chain> parts, ChannelNorm normOut) {
        this.parts = List.copyOf(parts);
        this.normOut = normOut;
        whole = new Chain(List.copyOf(parts));
    }

    /** x [B, inChannels, F, H, W] → [B, 2 · latentChannels, f, h, w]. */
    static HunyuanVideo15Coder encoder(AutoencoderKlHunyuanVideo15Config config, Weights w) {
        List<Integer> channels = config.blockOutChannels();
        List<Chain> parts = new ArrayList<>();
        int in = channels.get(0);
        parts.add(Chain.of(MemoryFormat::channelsLast, CausalConv3d.of(w, "conv_in.conv", config.inChannels(), in, 3)));
        int firstInTime = config.spatialDoublings() - config.temporalDoublings();
        for (int i = 0; i < channels.size(); i++) { // from the highest resolution to the lowest
            Weights block = w.at("down_blocks." + i);
            int out = channels.get(i);
            List<Layer> layers = resnets(block, config.layersPerBlock(), in, out);
            in = out;
            if (i < config.spatialDoublings()) {
                in = config.downsampleMatchChannel() ? channels.get(i + 1) : out;
                boolean time = i >= firstInTime;
                Layer convolution = CausalConv3d.of(block, "downsamplers.0.conv.conv", out, in / (time ? 8 : 4), 3);
                layers.add(ShuffledVideo.down(convolution, in, time));
            }
            parts.add(new Chain(layers));
        }
        parts.add(middle(w.at("mid_block"), in));
        ChannelNorm norm = ChannelNorm.of(w, "norm_out", in, 3);
        int moments = 2 * config.latentChannels();
        Layer last = CausalConv3d.of(w, "conv_out.conv", in, moments, 3);
        parts.add(Chain.of(x -> scoped(() -> last.forward(norm.forwardSilu(x)).addInPlace(means(x, moments)))));
        return new HunyuanVideo15Coder(parts, norm);
    }

    /** Channels averaged to fewer. */
    private static Tensor means(Tensor x, int channels) {
        long[] s = x.shape();
        return x.view(s[0], channels, s[1] / channels, s[2], s[3], s[4]).mean(2);
    }

    /** z [B, latentChannels, f, h, w] → [B, outChannels, F, H, W]. */
    static HunyuanVideo15Coder decoder(AutoencoderKlHunyuanVideo15Config config, Weights w) {
        List<Integer> channels = config.blockOutChannels();
        int count = channels.size();
        int in = channels.get(count - 1);
        int widest = in;
        Layer first = CausalConv3d.of(w, "conv_in.conv", config.latentChannels(), in, 3);
        List<Chain> parts = new ArrayList<>();
        parts.add(Chain.of(
                MemoryFormat::channelsLast, z -> scoped(() -> first.forward(z).addInPlace(repeated(z, widest)))));
        parts.add(middle(w.at("mid_block"), in));
        for (int i = 0; i < count; i++) { // from the lowest resolution to the highest
            Weights block = w.at("up_blocks." + i);
            int out = channels.get(count - 1 - i);
            List<Layer> layers = resnets(block, config.layersPerBlock() + 1, in, out);
            in = out;
            if (i < config.spatialDoublings()) {
                in = config.upsampleMatchChannel() ? channels.get(count - 2 - i) : out;
                boolean time = i < config.temporalDoublings();
                Layer convolution = CausalConv3d.of(block, "upsamplers.0.conv.conv", out, in * (time ? 8 : 4), 3);
                layers.add(ShuffledVideo.up(convolution, in, time));
            }
            parts.add(new Chain(layers));
        }
        ChannelNorm norm = ChannelNorm.of(w, "norm_out", in, 3);
        parts.add(Chain.of(norm::forwardSilu, CausalConv3d.of(w, "conv_out.conv", in, config.outChannels(), 3)));
        return new HunyuanVideo15Coder(parts, norm);
    }

    /** Each channel as often as makes so many. */
    private static Tensor repeated(Tensor z, long channels) {
        long[] s = z.shape();
        return z.unsqueeze(2)
                .expand(s[0], s[1], channels / s[1], s[2], s[3], s[4])
                .reshape(s[0], channels, s[2], s[3], s[4]);
    }

    private static Chain middle(Weights w, int channels) {
        Weights attention = w.at("attentions.0");
        return Chain.of(
                Resnet.of(w.at("resnets.0"), channels, channels),
                new CausalAttention(
                        ChannelNorm.of(attention, "norm", channels, 3),
                        key -> Linear.ofPatches(attention, key, channels, channels, 1, 1, 1),
                        "proj_out"),
                Resnet.of(w.at("resnets.1"), channels, channels));
    }

    private static List<Layer> resnets(Weights w, int count, int in, int out) {
        List<Layer> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(Resnet.of(w.at("resnets." + i), i == 0 ? in : out, out));
        }
        return blocks;
    }

    @Override
    public Tensor forward(Tensor x) {
        return whole.forward(x);
    }

    DType dtype() {
        return normOut.gamma().dtype();
    }

    Device device() {
        return normOut.gamma().device();
    }

    /** Part by part, for tests that compare them one by one. */
    List<Chain> parts() {
        return parts;
    }

    /** Two normalised convolutions beside a shortcut. Source: HunyuanVideo15ResnetBlock. */
    private record Resnet(Chain residual, @Nullable Layer shortcut) implements Layer {
        static Resnet of(Weights w, int in, int out) {
            Chain residual = Chain.of(
                    ChannelNorm.of(w, "norm1", in, 3)::forwardSilu,
                    CausalConv3d.of(w, "conv1.conv", in, out, 3),
                    ChannelNorm.of(w, "norm2", out, 3)::forwardSilu,
                    CausalConv3d.of(w, "conv2.conv", out, out, 3));
            return new Resnet(residual, in == out ? null : CausalConv3d.of(w, "conv_shortcut", in, out, 1));
        }

        @Override
        public Tensor forward(Tensor x) {
            return scoped(() -> residual.forward(x).addInPlace(shortcut == null ? x : shortcut.forward(x)));
        }
    }
}
