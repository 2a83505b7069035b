package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a coder over tiles of height and width that overlap, and blends their seams linearly, so that memory follows the tile and
 * not the picture. Source: diffusers autoencoder_kl.py@0.42.1, tiled_decode and _tiled_encode, and
 * autoencoder_kl_hunyuan_video.py@0.42.1, tiled_decode and tiled_encode.
 *
 * <p>A tile keeps all but its end, which its right and lower neighbours blend into their start. Of finished tiles only that end is
 * held: one strip for each column of tiles, and one for the tile on the left.
 *
 * @param coder what turns a tile [.., height, width] into one of another size
 */
record Tiles(Layer coder, Axis rows, Axis columns) implements Layer {
    /** x [.., H, W], the last two dimensions to be tiled → the coder's result for all of it. */
    @Override
    public Tensor forward(Tensor x) {
        int y = x.dim() - 2;
        if (x.size(y) <= rows.in() && x.size(y + 1) <= columns.in()) {
            return coder.forward(x);
        }
        return scoped(() -> {
            Canvas canvas = new Canvas(x);
            for (int row = 0; row < rows.tiles(x.size(y)); row++) {
                for (int column = 0; column < columns.tiles(x.size(y + 1)); column++) {
                    try (Scope scope = Scope.open()) {
                        Tensor tile = coder.forward(columns.cut(rows.cut(x, y, row), y + 1, column));
                        canvas.add(tile, row, column, scope);
                    }
                }
            }
            return canvas.whole();
        });
    }

    /** The result as far as it is made, and the ends of tiles that others will begin with; in the scope that all tiles share. */
    private final class Canvas {
        private final int y;
        private final long height;
        private final long width;
        private final List<Tensor> above = new ArrayList<>();
        private @Nullable Tensor left;
        private @Nullable Tensor whole;

        Canvas(Tensor x) {
            y = x.dim() - 2;
            height = x.size(y) * rows.out() / rows.in();
            width = x.size(y + 1) * columns.out() / columns.in();
        }

        Tensor whole() {
            if (whole == null) {
                throw new IllegalStateException("tiles: must be added first");
            }
            return whole;
        }

        /** The tile changes. What is still missing is made when the first tile tells its shape. */
        void add(Tensor tile, int row, int column, Scope scope) {
            if (whole == null || left == null) {
                whole = scope.keep(empty(tile, height, width));
                left = scope.keep(empty(tile, rows.out(), columns.overlap()));
            }
            if (above.size() == column) {
                above.add(scope.keep(empty(tile, rows.overlap(), columns.out())));
            }
            Tensor upper = above.get(column).until(y + 1, tile.size(y + 1));
            Tensor beside = left.until(y, tile.size(y));
            if (row > 0) {
                rows.blend(upper, tile, y);
            }
            if (column > 0) {
                columns.blend(beside, tile, y + 1);
            }
            rows.store(tile, y, upper);
            columns.store(tile, y + 1, beside);
            Tensor own = columns.own(rows.own(tile, y), y + 1);
            whole.narrow(y, (long) row * rows.outStride(), own.size(y))
                    .narrow(y + 1, (long) column * columns.outStride(), own.size(y + 1))
                    .copyFrom(own);
        }

        private Tensor empty(Tensor tile, long rows, long columns) {
            long[] shape = tile.shape();
            shape[y] = rows;
            shape[y + 1] = columns;
            return Tensor.empty(tile.dtype(), tile.device(), shape);
        }
    }

    /**
     * How one dimension is cut into tiles that overlap, and how the tiles' seams are blended after the coder.
     *
     * @param in length of a tile before the coder
     * @param inStride from one tile to the next, at most {@code in}
     * @param out length of a tile after the coder
     * @param outStride from one tile to the next, at most {@code out}
     */
    record Axis(int in, int inStride, int out, int outStride) {
        Axis {
            if (inStride <= 0 || in < inStride || outStride <= 0 || out < outStride) {
                throw new IllegalArgumentException("tile: strides must be positive and no longer than tiles, not "
                        + inStride + " of " + in + " and " + outStride + " of " + out);
            }
        }

        /** Tiles that overlap by a quarter. */
        static Axis overlappingByAQuarter(int in, int out) {
            if (in <= 0 || in % 4 != 0 || out <= 0 || out % 4 != 0) {
                throw new IllegalArgumentException(
                        "tile: sides must be positive multiples of 4, not " + in + " and " + out);
            }
            return new Axis(in, in / 4 * 3, out, out / 4 * 3);
        }

        /** The same of a coder that goes the other way. */
        Axis reversed() {
            return new Axis(out, outStride, in, inStride);
        }

        /** The part of a tile that the next one begins with, after the coder. */
        int overlap() {
            return out - outStride;
        }

        /** Tiles that a length is cut into. */
        int tiles(long length) {
            return Math.toIntExact((length + inStride - 1) / inStride);
        }

        /** Tile {@code index} of x along a dimension; the last ones may be shorter. */
        Tensor cut(Tensor x, int dim, int index) {
            long start = (long) index * inStride;
            return x.narrow(dim, start, Math.min(in, x.size(dim) - start));
        }

        /** The part of a tile that is its own and not the next one's. */
        Tensor own(Tensor tile, int dim) {
            return tile.until(dim, Math.min(outStride, tile.size(dim)));
        }

        /** Keeps the part that the next tile begins with, for {@link #blend}; a tile without one is its line's last. */
        void store(Tensor tile, int dim, Tensor end) {
            long length = tile.size(dim) - outStride;
            if (length > 0) {
                end.until(dim, length).copyFrom(tile.from(dim, outStride));
            }
        }

        /** Fades from the stored end of the tile before into the start of this tile, which changes. */
        void blend(Tensor end, Tensor tile, int dim) {
            long length = Math.min(overlap(), tile.size(dim));
            long[] line = new long[tile.dim()];
            Arrays.fill(line, 1);
            line[dim] = length;
            Tensor start = tile.until(dim, length);
            start.copyFrom(scoped(() -> {
                Tensor rising = Tensor.arange(length)
                        .div((double) length)
                        .to(tile.device())
                        .view(line);
                return end.until(dim, length).mul(rising.mul(-1).add(1)).add(start.mul(rising));
            }));
        }
    }

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
    record OfTime(Layer coder, Axis frames) {
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
}
