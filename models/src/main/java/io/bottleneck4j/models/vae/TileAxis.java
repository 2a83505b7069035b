package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;

/**
 * How one dimension is cut into tiles that overlap, and how the tiles' seams are blended after the coder.
 *
 * @param in length of a tile before the coder
 * @param inStride from one tile to the next, at most {@code in}
 * @param out length of a tile after the coder
 * @param outStride from one tile to the next, at most {@code out}
 */
record TileAxis(int in, int inStride, int out, int outStride) {
    TileAxis {
        if (inStride <= 0 || in < inStride || outStride <= 0 || out < outStride) {
            throw new IllegalArgumentException("tile: strides must be positive and no longer than tiles, not "
                    + inStride + " of " + in + " and " + outStride + " of " + out);
        }
    }

    /** Tiles that overlap by a quarter. */
    static TileAxis overlappingByAQuarter(int in, int out) {
        if (in <= 0 || in % 4 != 0 || out <= 0 || out % 4 != 0) {
            throw new IllegalArgumentException(
                    "tile: sides must be positive multiples of 4, not " + in + " and " + out);
        }
        return new TileAxis(in, in / 4 * 3, out, out / 4 * 3);
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
            Tensor rising =
                    Tensor.arange(length).div((double) length).to(tile.device()).view(line);
            return end.until(dim, length).mul(rising.mul(-1).add(1)).add(start.mul(rising));
        }));
    }
}
