package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Attention.attention;
import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A layer of {@link StreamedCoder}: takes a chunk of frames [B, C, F, H, W] after those that {@link Past} tells of. A video's first chunk is
 * its first frame. Source of all: diffusers autoencoder_kl_wan.py@0.42.1.
 */
@FunctionalInterface
interface StreamedLayer {
    Tensor forward(Tensor x, Past past);

    /** Layers one after the other, each activation freed as soon as the next is there. */
    static StreamedLayer chain(List<StreamedLayer> layers) {
        return (x, past) -> scoped(() -> Layer.inTurn(
                layers.get(0).forward(x, past),
                layers.subList(1, layers.size()),
                (layer, last) -> layer.forward(last, past)));
    }

    /** A norm, and what it makes bent. */
    static StreamedLayer silu(ChannelNorm norm) {
        return (x, past) -> norm.forwardSilu(x);
    }

    /** A layer of pictures [N, C, H, W] on every frame alone. */
    static StreamedLayer ofEachFrame(Layer ofPictures) {
        return (x, past) -> scoped(() -> {
            Tensor frames = MemoryFormat.toEnd(x);
            Tensor out = MemoryFormat.toEnd(ofPictures.forward(
                    MemoryFormat.toSecond(frames.reshape(-1, frames.size(2), frames.size(3), frames.size(4)))));
            return MemoryFormat.toSecond(out.reshape(x.size(0), x.size(2), out.size(1), out.size(2), out.size(3)));
        });
    }

    /**
     * A convolution that sees no later frame; before the first frame and beyond the edges lie zeros. Source: WanCausalConv3d.
     *
     * @param weight [out, in, kt, k, k], where kt is 1 or 3
     * @param bias [out]
     */
    record Convolution(Tensor weight, Tensor bias) implements StreamedLayer {
        static Convolution of(Weights w, String key, int in, int out, int kt, int k) {
            return new Convolution(w.tensor(key + ".weight", out, in, kt, k, k), w.tensor(key + ".bias", out));
        }

        @Override
        public Tensor forward(Tensor x, Past past) {
            long before = weight.size(2) - 1;
            int side = Math.toIntExact(weight.size(3) / 2);
            if (before == 0) {
                return Ops.conv3d(x, weight, bias, 1, 1, side);
            }
            return scoped(() -> {
                Tensor seen = past.of(this);
                if (seen == null && x.size(2) == 1) { // zeros before it: one slice of the kernel sees anything
                    past.remember(this, x, before);
                    return Ops.conv2d(x.select(2, 0), weight.select(2, before), bias, 1, side)
                            .unsqueeze(2);
                }
                Tensor all = Past.frames(x, before + x.size(2));
                all.until(2, before).copyFrom(seen == null ? Tensor.zeros(x.dtype(), x.device(), 1) : seen);
                all.from(2, before).copyFrom(x);
                past.remember(this, all, before);
                return Ops.conv3d(all, weight, bias, 1, 1, side);
            });
        }
    }

    /** Two normalised convolutions beside a shortcut. Source: WanResidualBlock. */
    record Residual(StreamedLayer convolutions, @Nullable StreamedLayer shortcut) implements StreamedLayer {
        static Residual of(Weights w, int in, int out) {
            StreamedLayer both = chain(List.of(
                    silu(ChannelNorm.of(w, "norm1", in, 3)),
                    Convolution.of(w, "conv1", in, out, 3, 3),
                    silu(ChannelNorm.of(w, "norm2", out, 3)),
                    Convolution.of(w, "conv2", out, out, 3, 3)));
            return new Residual(both, in == out ? null : Convolution.of(w, "conv_shortcut", in, out, 1, 1));
        }

        @Override
        public Tensor forward(Tensor x, Past past) {
            return scoped(
                    () -> convolutions.forward(x, past).addInPlace(shortcut == null ? x : shortcut.forward(x, past)));
        }
    }

    /** Attention of every position to its own frame, one head as wide as the channels. Source: WanAttentionBlock. */
    record FrameAttention(ChannelNorm norm, Tensor qkv, Tensor qkvBias, Tensor proj, Tensor projBias)
            implements StreamedLayer {
        static FrameAttention of(Weights w, int channels) {
            return new FrameAttention(
                    ChannelNorm.of(w, "norm", channels, 2),
                    matrix(w, "to_qkv", channels, 3 * channels),
                    w.tensor("to_qkv.bias", 3L * channels),
                    matrix(w, "proj", channels, channels),
                    w.tensor("proj.bias", channels));
        }

        /** A 1 × 1 convolution's weight as a linear layer's. */
        private static Tensor matrix(Weights w, String key, int in, int out) {
            return w.made(() -> w.passing(key + ".weight", out, in, 1, 1).view(out, in));
        }

        @Override
        public Tensor forward(Tensor x, Past past) {
            return scoped(() -> {
                Tensor frames = MemoryFormat.toEnd(norm.forward(x));
                Tensor tokens = frames.reshape(x.size(0) * x.size(2), 1, -1, x.size(1));
                List<Tensor> parts = Ops.linear(tokens, qkv, qkvBias).chunk(3, -1);
                Tensor attended = attention(parts.get(0), parts.get(1), parts.get(2));
                Tensor out = Ops.linear(attended.contiguous(), proj, projBias).view(frames.shape());
                return MemoryFormat.toSecond(out).addInPlace(x);
            });
        }
    }
}
