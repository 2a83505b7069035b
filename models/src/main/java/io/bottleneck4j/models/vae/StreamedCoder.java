package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.models.vae.StreamedLayer.Convolution;
import io.bottleneck4j.models.vae.StreamedLayer.FrameAttention;
import io.bottleneck4j.models.vae.StreamedLayer.Residual;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The encoder or decoder of {@link AutoencoderKlWan}. No layer sees a later frame, and nothing is normalised over frames, so that a video is
 * coded chunk by chunk with the numbers it has as a whole: its first frame, then what one frame of latents stands for. Source: diffusers
 * autoencoder_kl_wan.py@0.42.1, WanEncoder3d and WanDecoder3d.
 */
final class StreamedCoder implements Layer {
    private final List<StreamedLayer> parts;
    private final StreamedLayer whole;
    private final int chunk;
    private final ChannelNorm normOut;

    /** @param chunk frames at a time, after the first */
    private StreamedCoder(List<StreamedLayer> blocks, Weights w, int last, int out, int chunk) {
        normOut = ChannelNorm.of(w, "norm_out", last, 3);
        parts = new ArrayList<>(blocks);
        parts.add(StreamedLayer.silu(normOut));
        parts.add(Convolution.of(w, "conv_out", last, out, 3, 3));
        whole = StreamedLayer.chain(parts);
        this.chunk = chunk;
    }

    /** x [B, inChannels, F, h, w], in patches → [B, 2 · zDim, f, ..]. */
    static StreamedCoder encoder(AutoencoderKlWanConfig config, Weights w) {
        List<StreamedLayer> blocks = new ArrayList<>();
        List<Integer> multiples = config.dimMult();
        int in = config.baseDim();
        blocks.add(Convolution.of(w, "conv_in", config.inChannels(), in, 3, 3));
        int last = multiples.size() - 1;
        int flat = 0; // without shortcuts, layers of all blocks are counted in one row
        for (int i = 0; i <= last; i++) {
            int out = config.baseDim() * multiples.get(i);
            boolean time = i < last && config.temporalDownsample().get(i);
            List<StreamedLayer> layers = new ArrayList<>();
            for (int j = 0; j < config.numResBlocks(); j++) {
                String key = config.isResidual() ? "down_blocks." + i + ".resnets." + j : "down_blocks." + flat++;
                layers.add(Residual.of(w.at(key), j == 0 ? in : out, out));
            }
            if (i < last) {
                String key = config.isResidual() ? "down_blocks." + i + ".downsampler" : "down_blocks." + flat++;
                layers.add(StreamedResampling.down(w.at(key), out, time));
            }
            if (config.isResidual()) {
                StreamedLayer beside = StreamedResampling.averages(in, out, time ? 2 : 1, i < last ? 2 : 1);
                blocks.add(sum(StreamedLayer.chain(layers), beside));
            } else {
                blocks.addAll(layers);
            }
            in = out;
        }
        blocks.add(middle(w.at("mid_block"), in));
        return new StreamedCoder(blocks, w, in, 2 * config.zDim(), AutoencoderKlWanConfig.FRAMES_PER_CELL);
    }

    /** z [B, zDim, f, ..] → [B, outChannels, F, h, w], in patches. */
    static StreamedCoder decoder(AutoencoderKlWanConfig config, Weights w) {
        List<StreamedLayer> blocks = new ArrayList<>();
        List<Integer> multiples = config.dimMult();
        int last = multiples.size() - 1;
        int in = config.decoderBaseDim() * multiples.get(last);
        blocks.add(Convolution.of(w, "conv_in", config.zDim(), in, 3, 3));
        blocks.add(middle(w.at("mid_block"), in));
        for (int i = 0; i <= last; i++) {
            Weights block = w.at("up_blocks." + i);
            int out = config.decoderBaseDim() * multiples.get(last - i);
            boolean time = i < last && config.temporalDownsample().get(last - 1 - i);
            List<StreamedLayer> layers = new ArrayList<>();
            for (int j = 0; j <= config.numResBlocks(); j++) {
                layers.add(Residual.of(block.at("resnets." + j), j == 0 ? in : out, out));
            }
            int widened = in;
            in = out;
            if (i < last) {
                in = config.isResidual() ? out : out / 2;
                String key = config.isResidual() ? "upsampler" : "upsamplers.0";
                layers.add(StreamedResampling.up(block.at(key), out, in, time));
            }
            StreamedLayer main = StreamedLayer.chain(layers);
            blocks.add(
                    config.isResidual() && i < last
                            ? sum(main, StreamedResampling.copies(widened, out, time ? 2 : 1, 2))
                            : main);
        }
        return new StreamedCoder(blocks, w, in, config.outChannels(), 1);
    }

    /** The layers at the lowest resolution. */
    private static StreamedLayer middle(Weights w, int channels) {
        return StreamedLayer.chain(List.of(
                Residual.of(w.at("resnets.0"), channels, channels),
                FrameAttention.of(w.at("attentions.0"), channels),
                Residual.of(w.at("resnets.1"), channels, channels)));
    }

    private static StreamedLayer sum(StreamedLayer main, StreamedLayer beside) {
        return (x, past) -> scoped(() -> main.forward(x, past).addInPlace(beside.forward(x, past)));
    }

    /**
     * Codes all of a video.
     *
     * @param chunks is given [B, C, n, ..] one after the other, each valid during the call only
     */
    void forEach(Tensor x, Consumer<Tensor> chunks) {
        try (Past past = new Past()) {
            for (long start = 0; start < x.size(2); start += start == 0 ? 1 : chunk) {
                try (Scope scope = Scope.open()) {
                    Tensor frames = x.narrow(2, start, start == 0 ? 1 : chunk);
                    chunks.accept(whole.forward(MemoryFormat.channelsLast(frames), past));
                    past.next();
                }
            }
        }
    }

    /** The same, put together. */
    @Override
    public Tensor forward(Tensor x) {
        List<Tensor> made = new ArrayList<>();
        try {
            forEach(x, chunk -> made.add(chunk.contiguous().retain()));
            return Ops.cat(2, made.toArray(Tensor[]::new));
        } finally {
            made.forEach(Tensor::close);
        }
    }

    DType dtype() {
        return normOut.gamma().dtype();
    }

    Device device() {
        return normOut.gamma().device();
    }

    /** Layer by layer, for tests that compare them one by one. */
    List<StreamedLayer> parts() {
        return List.copyOf(parts);
    }
}
