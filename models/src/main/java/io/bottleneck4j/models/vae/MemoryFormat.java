package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Tensor;
import java.util.stream.LongStream;

/** The order in which an activation lies in memory; its shape stays [B, C, H, W], or [B, C, F, H, W]. */
final class MemoryFormat {
    private MemoryFormat() {}

    /**
     * The channels of a pixel side by side. Convolutions then read their input as it lies, all later layers keep the order,
     * and attention sees its tokens without a copy.
     */
    static Tensor channelsLast(Tensor x) {
        return toSecond(toEnd(x).contiguous());
    }

    /** Memory that lies so, for results of x's type on its device. */
    static Tensor emptyChannelsLast(Tensor x, long channels, long frames, long height, long width) {
        return toSecond(Tensor.empty(x.dtype(), x.device(), x.size(0), frames, height, width, channels));
    }

    /** [B, C, ..] seen as [B, .., C]. */
    static Tensor toEnd(Tensor x) {
        return x.permute(order(LongStream.range(2, x.dim()), LongStream.of(1)));
    }

    /** [B, .., C] seen as [B, C, ..]. */
    static Tensor toSecond(Tensor x) {
        return x.permute(order(LongStream.of(x.dim() - 1), LongStream.range(1, x.dim() - 1)));
    }

    private static long[] order(LongStream first, LongStream then) {
        return LongStream.concat(LongStream.of(0), LongStream.concat(first, then))
                .toArray();
    }
}
