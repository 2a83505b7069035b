package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/**
 * A 3-D convolution that sees no later frame: before the first frame lies its copy, beyond the edges copies of them. Source:
 * diffusers autoencoder_kl_hunyuan_video.py@0.42.1, HunyuanVideoCausalConv3d.
 *
 * <p>Of large videos some frames at a time: the copy that holds the edges is then a fraction of the video and not another one.
 *
 * @param weight [out, in, k, k, k]
 * @param bias [out]
 * @param timeStride frames from one result to the next
 * @param sideStride rows and columns from one result to the next
 */
record CausalConv3d(Tensor weight, Tensor bias, int timeStride, int sideStride) implements Layer {
    /** Elements of the copy, as far as that leaves {@link #LEAST_FRAMES}. */
    private static final long COPY_ELEMENTS = 1L << 24;

    /** Results at a time, for which k - 1 frames are copied in addition. */
    private static final long LEAST_FRAMES = 4;

    /** Reads {@code key.weight} and {@code key.bias}; strides are 1. */
    static CausalConv3d of(Weights w, String key, int in, int out, int k) {
        return new CausalConv3d(w.tensor(key + ".weight", out, in, k, k, k), w.tensor(key + ".bias", out), 1, 1);
    }

    CausalConv3d withStrides(int time, int side) {
        return new CausalConv3d(weight, bias, time, side);
    }

    /** x [B, in, F, H, W] → [B, out, 1 + (F - 1) / timeStride, 1 + (H - 1) / sideStride, 1 + (W - 1) / sideStride]. */
    @Override
    public Tensor forward(Tensor x) {
        long border = kernel() - 1;
        long frame = x.size(0) * x.size(1) * (x.size(3) + border) * (x.size(4) + border);
        return border == 0 ? some(x, 0, frames(x)) : forward(x, framesAtATime(frame * timeStride));
    }

    /** Frames of the result that one call makes, where a frame's copy has so many elements. */
    static long framesAtATime(long frameElements) {
        return Math.max(LEAST_FRAMES, COPY_ELEMENTS / frameElements);
    }

    /** The same, {@code atATime} frames of the result in one call of the convolution. */
    Tensor forward(Tensor x, long atATime) {
        long frames = frames(x);
        if (frames <= atATime) {
            return some(x, 0, frames);
        }
        return scoped(() -> {
            Tensor out = MemoryFormat.emptyChannelsLast(x, weight.size(0), frames, results(x, 3), results(x, 4));
            for (long first = 0; first < frames; first += atATime) {
                long count = Math.min(atATime, frames - first);
                try (Scope scope = Scope.open()) {
                    out.narrow(2, first, count).copyFrom(some(x, first, count));
                }
            }
            return out;
        });
    }

    private long frames(Tensor x) {
        return 1 + (x.size(2) - 1) / timeStride;
    }

    private long results(Tensor x, int dim) {
        return 1 + (x.size(dim) - 1) / sideStride;
    }

    private long kernel() {
        return weight.size(2);
    }

    /** Some of the result's frames. */
    private Tensor some(Tensor x, long first, long count) {
        long before = kernel() - 1;
        long start = first * timeStride - before;
        long end = (first + count - 1) * timeStride + 1;
        long inside = Math.max(0, start);
        return scoped(() -> {
            Tensor seen = x.narrow(2, inside, end - inside);
            Tensor bordered = before == 0
                    ? seen
                    : Ops.padReplicate(seen, Math.toIntExact(inside - start), Math.toIntExact(before / 2));
            return Ops.conv3d(bordered, weight, bias, timeStride, sideStride);
        });
    }
}
