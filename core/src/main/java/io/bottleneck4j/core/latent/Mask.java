package io.bottleneck4j.core.latent;

import java.util.BitSet;
import java.util.function.IntPredicate;
import org.apiguardian.api.API;

/** Which places of a picture or of its latents, H rows of W, may change; immutable. */
@API(status = API.Status.INTERNAL)
public final class Mask {
    private final int height;
    private final int width;
    private final BitSet free;

    private Mask(int height, int width, BitSet free) {
        this.height = height;
        this.width = width;
        this.free = free;
    }

    /**
     * A mask by the row-major index of each place.
     *
     * @param free whether a place may change
     */
    public static Mask of(int height, int width, IntPredicate free) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "mask: must be at least 1 wide and high, not %s x %s".formatted(width, height));
        }
        BitSet set = new BitSet(height * width);
        for (int i = 0; i < height * width; i++) {
            set.set(i, free.test(i));
        }
        return new Mask(height, width, set);
    }

    /** Returns whether the place of a row-major index may change. */
    public boolean isFree(int place) {
        return free.get(place);
    }

    /** Returns how many places may change. */
    public int free() {
        return free.cardinality();
    }

    /**
     * Returns the mask at another size: each place is as the one that its upper left corner falls in.
     *
     * <p>Source: torch 2.10, interpolate, mode nearest.
     */
    public Mask resized(int toHeight, int toWidth) {
        if (toHeight == height && toWidth == width) {
            return this;
        }
        return of(toHeight, toWidth, i -> {
            long y = (long) (i / toWidth) * height / toHeight;
            long x = (long) (i % toWidth) * width / toWidth;
            return free.get((int) (y * width + x));
        });
    }

    /**
     * Returns {@code changed} where places may change, {@code kept} elsewhere, in every channel and frame.
     *
     * @throws IllegalArgumentException if their shapes differ, or are of another height or width than the mask
     */
    public Latents choose(Latents changed, Latents kept) {
        LatentShape shape = changed.shape();
        if (!shape.equals(kept.shape()) || shape.height() != height || shape.width() != width) {
            throw new IllegalArgumentException(
                    "mask: of %s x %s does not fit %s and %s; resize it".formatted(height, width, shape, kept.shape()));
        }
        float[] values = kept.values();
        float[] from = changed.array();
        int plane = height * width;
        for (int i = free.nextSetBit(0); i >= 0; i = free.nextSetBit(i + 1)) {
            for (int at = i; at < values.length; at += plane) {
                values[at] = from[at];
            }
        }
        return Latents.owning(shape, values);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mask that && height == that.height && width == that.width && free.equals(that.free);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * height + width) + free.hashCode();
    }

    @Override
    public String toString() {
        return "Mask[%s of %s x %s free]".formatted(free(), height, width);
    }
}
