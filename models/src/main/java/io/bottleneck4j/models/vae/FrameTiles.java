package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a coder over tiles of time that overlap, blends their seams linearly, and hands out what is finished, so that memory follows
 * the tile and not the video. Source: diffusers autoencoder_kl_hunyuan_video.py@0.42.1, _temporal_tiled_decode and
 * _temporal_tiled_encode.
 *
 * <p>Every tile has one frame more than its length, the first: in the video's first tile that is the frame which stays one frame; in the
 * others it only tells the coder what came before, and its result is dropped.
 *
 * @param coder what turns a tile [B, C, F, H, W] into one of another size
 * @param frames lengths without that first frame
 */
record FrameTiles(Layer coder, Tiles.Axis frames) {
    private static final int TIME = 2;

    /** Where frames come from. */
    @FunctionalInterface
    interface Source {
        /** {@code count} frames [B, C, count, H, W] from {@code start}, in the present scope. */
        Tensor frames(long start, long count);
    }

    /**
     * Codes all of a video.
     *
     * @param length frames in all
     * @param chunks is given [B, C, f, H, W] one after the other, each valid during the call only
     */
    void forEach(Source source, long length, Consumer<Tensor> chunks) {
        if (length <= frames.in()) {
            try (Scope scope = Scope.open()) {
                chunks.accept(coder.forward(source.frames(0, length)));
            }
            return;
        }
        try (Scope outer = Scope.open()) {
            @Nullable Tensor end = null;
            // A tile of one frame would have nothing left after that is dropped.
            for (long start = 0; start + 1 < length; start += frames.inStride()) {
                try (Scope scope = Scope.open()) {
                    long count = Math.min(frames.in() + 1L, length - start);
                    Tensor coded = coder.forward(source.frames(start, count));
                    if (end == null) {
                        end = scope.keep(room(coded));
                        chunks.accept(coded.until(TIME, Math.min(frames.outStride() + 1L, coded.size(TIME))));
                    } else {
                        Tensor tile = coded.from(TIME, 1);
                        frames.blend(end, tile, TIME);
                        chunks.accept(frames.own(tile, TIME));
                    }
                    frames.store(coded.from(TIME, 1), TIME, end);
                }
            }
        }
    }

    /** Memory for the end of a tile. */
    private Tensor room(Tensor tile) {
        long[] shape = tile.shape();
        shape[TIME] = frames.overlap();
        return Tensor.empty(tile.dtype(), tile.device(), shape);
    }
}
