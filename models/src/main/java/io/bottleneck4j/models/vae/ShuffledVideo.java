package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;

/**
 * Changes of resolution that move values between channels and positions: squares of 2 × 2 positions, and pairs of frames where time changes
 * too. The first frame stays one frame. What a convolution makes is moved, and beside it what it was given, whose channels are averaged or
 * repeated to as many. Source: diffusers autoencoder_kl_hunyuanvideo15.py@0.42.1, HunyuanVideo15Downsample and HunyuanVideo15Upsample.
 */
final class ShuffledVideo {
    private static final int SIDE = 2;
    private static final long SQUARE = 4;

    private ShuffledVideo() {}

    /**
     * Half the sides, x [B, in, F, H, W] → [B, out, f, H / 2, W / 2], where F = 2 f - 1 if time is halved.
     *
     * @param convolution to as many channels as make {@code out} when they are moved
     */
    static Layer down(Layer convolution, int out, boolean time) {
        return x -> scoped(() -> {
            Tensor h = convolution.forward(x);
            long frames = time ? 1 + (x.size(2) - 1) / 2 : x.size(2);
            Tensor made = MemoryFormat.emptyChannelsLast(x, out, frames, x.size(3) / SIDE, x.size(4) / SIDE);
            long first = time ? 1 : frames;
            gather(h.until(2, first), x.until(2, first), 1, made.until(2, first));
            if (first < frames) {
                gather(h.from(2, 1), x.from(2, 1), 2, made.from(2, 1));
            }
            return made;
        });
    }

    /** Twice the sides: the reverse of {@link #down}. */
    static Layer up(Layer convolution, int out, boolean time) {
        return x -> scoped(() -> {
            Tensor h = convolution.forward(x);
            long frames = time ? 2 * x.size(2) - 1 : x.size(2);
            Tensor made = MemoryFormat.emptyChannelsLast(x, out, frames, x.size(3) * SIDE, x.size(4) * SIDE);
            long first = time ? 1 : frames;
            spread(h.until(2, first), x.until(2, first), 1, made.until(2, first));
            if (first < frames) {
                spread(h.from(2, 1), x.from(2, 1), 2, made.from(2, 1));
            }
            return made;
        });
    }

    private static void gather(Tensor h, Tensor x, int time, Tensor made) {
        try (Scope scope = Scope.open()) {
            Tensor moved = gathered(h, time);
            Tensor beside = gathered(x, time);
            long[] s = made.shape();
            long parts = beside.size(1) / s[1];
            made.copyFrom(beside.view(s[0], s[1], parts, s[2], s[3], s[4]).mean(2));
            // Of the first frame there is half as much as the convolution makes of two, and it stands twice.
            for (long at = 0; at < s[1]; at += moved.size(1)) {
                made.narrow(1, at, moved.size(1)).addInPlace(moved);
            }
        }
    }

    /** [B, C, f · time, h · 2, w · 2] → [B, time · 4 · C, f, h, w]. */
    private static Tensor gathered(Tensor x, int time) {
        long[] s = x.shape();
        long f = s[2] / time;
        long h = s[3] / SIDE;
        long w = s[4] / SIDE;
        return x.view(s[0], s[1], f, time, h, SIDE, w, SIDE)
                .permute(0, 3, 5, 7, 1, 2, 4, 6)
                .reshape(s[0], time * SQUARE * s[1], f, h, w);
    }

    private static void spread(Tensor h, Tensor x, int time, Tensor made) {
        try (Scope scope = Scope.open()) {
            long out = made.size(1);
            made.view(places(made, out, 1, time)).copyFrom(dealt(h, out, time));
            long each = x.size(1) / (time * SQUARE);
            made.view(places(made, each, out / each, time)).addInPlace(dealt(x, each, time));
        }
    }

    /** [B, C · repeats, f · time, h · 2, w · 2] seen as [B, C, repeats, f, time, h, 2, w, 2]. */
    private static long[] places(Tensor made, long channels, long repeats, int time) {
        long[] s = made.shape();
        return new long[] {s[0], channels, repeats, s[2] / time, time, s[3] / SIDE, SIDE, s[4] / SIDE, SIDE};
    }

    /** The first channels of every place, [B, time · 4 · n, f, h, w] → [B, channels, 1, f, time, h, 2, w, 2]. */
    private static Tensor dealt(Tensor x, long channels, int time) {
        long[] s = x.shape();
        return x.view(s[0], time, SIDE, SIDE, s[1] / (time * SQUARE), s[2], s[3], s[4])
                .until(4, channels)
                .permute(0, 4, 5, 1, 6, 2, 7, 3)
                .unsqueeze(2);
    }
}
