package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;

/**
 * Runs a coder over square tiles that overlap by a quarter and blends their seams linearly, so that memory follows the tile
 * and not the picture. Source: diffusers autoencoder_kl.py@0.42.1, tiled_decode and _tiled_encode.
 *
 * <p>A tile keeps all but its last quarter, which its right and lower neighbours blend into their first. Of finished tiles only
 * that quarter is held: one strip for each column of tiles, and one for the tile on the left.
 *
 * @param coder what turns a tile of side {@code in} into one of side {@code out}
 * @param channels of the coder's result
 * @param in side of a tile before the coder, a multiple of 4
 * @param out side of a tile after it, a multiple of 4
 */
record Tiles(Layer coder, int channels, int in, int out) {
    Tiles {
        if (in <= 0 || in % 4 != 0 || out <= 0 || out % 4 != 0) {
            throw new IllegalArgumentException(
                    "tile: sides must be positive multiples of 4, not " + in + " and " + out);
        }
    }

    /** x [B, C, H, W] → [B, channels, H · out / in, W · out / in]. */
    Tensor forward(Tensor x) {
        if (x.size(2) <= in && x.size(3) <= in) {
            return coder.forward(x);
        }
        return scoped(() -> {
            Tensor whole = empty(x, x.size(2) * out / in, x.size(3) * out / in);
            Tensor[] above = new Tensor[Math.toIntExact((x.size(3) + stride() - 1) / stride())];
            for (int column = 0; column < above.length; column++) {
                above[column] = empty(x, overlap(), out);
            }
            Tensor left = empty(x, out, overlap());
            for (int row = 0; (long) row * stride() < x.size(2); row++) {
                for (int column = 0; column < above.length; column++) {
                    try (Scope scope = Scope.open()) {
                        Tensor tile = coder.forward(cut(x, row, column));
                        if (row > 0) {
                            blend(above[column].until(3, tile.size(3)), tile, 2);
                        }
                        if (column > 0) {
                            blend(left.until(2, tile.size(2)), tile, 3);
                        }
                        store(tile, above[column], 2);
                        store(tile, left, 3);
                        paste(tile, whole, row, column);
                    }
                }
            }
            return whole;
        });
    }

    /** Distance from one tile to the next, before the coder. */
    private int stride() {
        return in / 4 * 3;
    }

    /** Side of the blended part, after the coder. */
    private int overlap() {
        return out / 4;
    }

    private Tensor empty(Tensor x, long height, long width) {
        return Tensor.empty(x.dtype(), x.device(), x.size(0), channels, height, width);
    }

    private Tensor cut(Tensor x, int row, int column) {
        long top = (long) row * stride();
        long left = (long) column * stride();
        return x.narrow(2, top, Math.min(in, x.size(2) - top)).narrow(3, left, Math.min(in, x.size(3) - left));
    }

    /** Fades from the end of a neighbour into the start of the tile, along a dimension; the tile changes. */
    private static void blend(Tensor neighbour, Tensor tile, int dim) {
        long length = Math.min(neighbour.size(dim), tile.size(dim));
        Tensor rising = Tensor.arange(length).div((double) length).to(tile.device());
        Tensor share = dim == 2 ? rising.view(length, 1) : rising;
        Tensor before = neighbour.from(dim, neighbour.size(dim) - length);
        Tensor start = tile.until(dim, length);
        start.copyFrom(before.mul(share.mul(-1).add(1)).add(start.mul(share)));
    }

    /** Keeps the end of the tile for its neighbour. A tile too short for that is the last of its line and has none. */
    private void store(Tensor tile, Tensor strip, int dim) {
        if (tile.size(dim) >= overlap()) {
            Tensor end = tile.from(dim, tile.size(dim) - overlap());
            int other = 5 - dim;
            strip.until(other, tile.size(other)).copyFrom(end);
        }
    }

    private void paste(Tensor tile, Tensor whole, int row, int column) {
        int step = out - overlap();
        long height = Math.min(step, tile.size(2));
        long width = Math.min(step, tile.size(3));
        whole.narrow(2, (long) row * step, height)
                .narrow(3, (long) column * step, width)
                .copyFrom(tile.until(2, height).until(3, width));
    }
}
