package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.torch.Tensor;
import java.nio.FloatBuffer;

/**
 * Tokens of latents: a patch of cells each.
 *
 * @param frames latent frames of a patch
 * @param side cells along one side of its square
 * @param order of a token's values
 */
public record LatentPatches(int frames, int side, Order order) {

    /** How the values of a token follow each other. */
    public enum Order {
        /**
         * By channel, frame, row and column. Source: diffusers pipeline_flux.py@0.42.1 (2 × 2 cells) and
         * transformer_hunyuan_video.py@0.42.1, whose convolution sees them so.
         */
        CHANNELS_FIRST,
        /** By frame, row, column and channel. Source: diffusers transformer_z_image.py@0.42.1, _patchify_image. */
        CHANNELS_LAST
    }

    /** Of values ordered by channel first. */
    public LatentPatches(int frames, int side) {
        this(frames, side, Order.CHANNELS_FIRST);
    }

    /** Patches along each axis of latents. */
    public record Grid(int frames, int rows, int columns) {
        /** Patches in all. */
        public int tokens() {
            return Math.multiplyExact(Math.multiplyExact(frames, rows), columns);
        }
    }

    /**
     * How many patches make latents of this shape.
     *
     * @throws IllegalArgumentException if they do not divide into patches
     */
    public Grid grid(LatentShape shape) {
        if (shape.frames() % frames != 0 || shape.height() % side != 0 || shape.width() % side != 0) {
            throw new IllegalArgumentException("latents: must divide into patches of " + frames + " × " + side + " × "
                    + side + " frames, rows and columns, not " + shape.frames() + " × " + shape.height() + " × "
                    + shape.width());
        }
        return new Grid(shape.frames() / frames, shape.height() / side, shape.width() / side);
    }

    /** [C, F, h, w] → [1, patches, C · frames · side · side]. */
    public Tensor pack(Latents latents) {
        LatentShape s = latents.shape();
        Grid g = grid(s);
        return Tensor.of(latents.asReadOnlyBuffer(), s.channels(), g.frames, frames, g.rows, side, g.columns, side)
                .permute(
                        order == Order.CHANNELS_FIRST
                                ? new long[] {1, 3, 5, 0, 2, 4, 6}
                                : new long[] {1, 3, 5, 2, 4, 6, 0})
                .reshape(1, g.tokens(), (long) s.channels() * frames * side * side);
    }

    /** The reverse of {@link #pack}; tokens are float32. */
    public Latents unpack(Tensor tokens, LatentShape s) {
        Grid g = grid(s);
        Tensor cells = order == Order.CHANNELS_FIRST
                ? tokens.view(g.frames, g.rows, g.columns, s.channels(), frames, side, side)
                        .permute(3, 0, 4, 1, 5, 2, 6)
                : tokens.view(g.frames, g.rows, g.columns, frames, side, side, s.channels())
                        .permute(6, 0, 3, 1, 4, 2, 5);
        return Latents.copyOf(s, FloatBuffer.wrap(cells.toFloats()));
    }
}
