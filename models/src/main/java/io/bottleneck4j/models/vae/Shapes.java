package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;

/** What the autoencoders ask of the tensors they are given. */
final class Shapes {
    private Shapes() {}

    /** Does nothing if x is [B, channels, ..], the rest being the dimensions named, and not empty. */
    static void require(String name, Tensor x, int channels, String... dimensions) {
        if (x.dim() != 2 + dimensions.length || x.size(1) != channels || x.numel() == 0) {
            throw new IllegalArgumentException(name + ": must be [B, " + channels + ", " + String.join(", ", dimensions)
                    + "], not " + Arrays.toString(x.shape()));
        }
    }

    /** Does nothing if a length is a multiple of a cell's. */
    static void requireMultiple(String name, long length, String unit, int cell) {
        if (length % cell != 0) {
            throw new IllegalArgumentException("%s: %d %s is not a multiple of %d; use %d or %d"
                    .formatted(
                            name,
                            length,
                            unit,
                            cell,
                            Math.max(cell, length / cell * cell),
                            (length / cell + 1) * cell));
        }
    }
}
