package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.models.vae.StreamedLayer.Convolution;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.util.ArrayList;
import java.util.List;

/**
 * How {@link StreamedCoder} halves or doubles the sides of frames, and perhaps time: 1 + 2n frames become 1 + n, and back. Source: diffusers
 * autoencoder_kl_wan.py@0.42.1, WanResample, AvgDown3D, DupUp3D, patchify.
 */
final class StreamedResampling {
    private StreamedResampling() {}

    /** Half the sides, and of time where {@code time} is. */
    static StreamedLayer down(Weights w, int channels, boolean time) {
        Conv2d halving = Conv2d.of(w, "resample.1", channels, channels, 3, 2, 0);
        StreamedLayer sides = StreamedLayer.ofEachFrame(
                Layer.Chain.of(x -> Ops.padEnd(x, 1, 1), halving::forward)); // zeros to the right and the bottom only
        if (!time) {
            return sides;
        }
        Convolution along = Convolution.of(w, "time_conv", channels, channels, 3, 1);
        return StreamedLayer.chain(List.of(sides, new HalvedTime(along.weight(), along.bias())));
    }

    /** Twice the sides, and time where {@code time} is. */
    static StreamedLayer up(Weights w, int in, int out, boolean time) {
        Conv2d after = Conv2d.same(w, "resample.1", in, out, 3);
        List<StreamedLayer> layers = new ArrayList<>();
        if (time) {
            layers.add(new DoubledTime(Convolution.of(w, "time_conv", in, 2 * in, 3, 1)));
        }
        layers.add(StreamedLayer.ofEachFrame(Layer.Chain.of(Ops::upsampleNearest2x, after::forward)));
        return StreamedLayer.chain(layers);
    }

    /** Every second frame after the first, seeing the two before it; the first stays as it is. */
    private record HalvedTime(Tensor weight, Tensor bias) implements StreamedLayer {
        @Override
        public Tensor forward(Tensor x, Past past) {
            return scoped(() -> {
                Tensor before = past.of(this);
                if (before == null) {
                    past.remember(this, x, 1);
                    return x.view(x.shape());
                }
                Tensor all = Ops.cat(2, before, x);
                past.remember(this, x, 1);
                return Ops.conv3d(all, weight, bias, 2, 1, 0);
            });
        }
    }

    /** Two frames for each but the first, which stays as it is and which the others do not see. */
    private record DoubledTime(Convolution convolution) implements StreamedLayer {
        @Override
        public Tensor forward(Tensor x, Past past) {
            if (past.isBeginning()) {
                return scoped(() -> x.view(x.shape()));
            }
            return scoped(() -> {
                Tensor both = MemoryFormat.toEnd(convolution.forward(x, past)); // [B, F, H, W, 2 C]
                long b = both.size(0);
                long f = both.size(1);
                long h = both.size(2);
                long w = both.size(3);
                return MemoryFormat.toSecond(both.reshape(b, f, h, w, 2, -1)
                        .permute(0, 1, 4, 2, 3, 5)
                        .reshape(b, 2 * f, h, w, -1));
            });
        }
    }

    /**
     * Averages of neighbours beside a block that halves: channels of each square of values, and of two frames where time is halved, the
     * first frame after one of zeros, in groups of as many as make {@code out}. Source: AvgDown3D.
     */
    static StreamedLayer averages(int in, int out, int time, int side) {
        int group = Math.multiplyExact(in, time * side * side) / out;
        return (x, past) -> scoped(() -> {
            Tensor whole = x;
            if (x.size(2) % time != 0) {
                whole = Tensor.zeros(
                        x.dtype(), x.device(), x.size(0), in, time - x.size(2) % time, x.size(3), x.size(4));
                whole = Ops.cat(2, whole, x);
            }
            long f = whole.size(2) / time;
            long h = whole.size(3) / side;
            long w = whole.size(4) / side;
            return whole.reshape(x.size(0), in, f, time, h, side, w, side)
                    .permute(0, 1, 3, 5, 7, 2, 4, 6)
                    .reshape(x.size(0), out, group, f, h, w)
                    .mean(2);
        });
    }

    /** The reverse: channels dealt out over squares, and two frames, of which the first frame keeps the later. Source: DupUp3D. */
    static StreamedLayer copies(int in, int out, int time, int side) {
        int repeats = Math.multiplyExact(out, time * side * side) / in;
        return (x, past) -> scoped(() -> {
            long b = x.size(0);
            long f = x.size(2);
            long h = x.size(3);
            long w = x.size(4);
            Tensor made = x.unsqueeze(2)
                    .expand(b, in, repeats, f, h, w)
                    .reshape(b, out, time, side, side, f, h, w)
                    .permute(0, 1, 5, 2, 6, 3, 7, 4)
                    .reshape(b, out, f * time, h * side, w * side);
            return past.isBeginning() ? made.from(2, time - 1) : made;
        });
    }

    /** Squares of so many pixels as channels of one position, columns before rows. Source: patchify. */
    static Tensor toPatches(Tensor x, int side) {
        long b = x.size(0);
        long f = x.size(2);
        long h = x.size(3) / side;
        long w = x.size(4) / side;
        return scoped(() -> x.reshape(b, x.size(1), f, h, side, w, side)
                .permute(0, 1, 6, 4, 2, 3, 5)
                .reshape(b, -1, f, h, w));
    }

    /** The reverse. Source: unpatchify. */
    static Tensor ofPatches(Tensor x, int side) {
        long b = x.size(0);
        long f = x.size(2);
        long h = x.size(3);
        long w = x.size(4);
        return scoped(() -> x.reshape(b, -1, side, side, f, h, w)
                .permute(0, 1, 4, 5, 3, 6, 2)
                .reshape(b, -1, f, h * side, w * side));
    }
}
