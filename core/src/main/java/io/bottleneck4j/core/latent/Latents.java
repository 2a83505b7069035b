package io.bottleneck4j.core.latent;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Immutable float32 values of one image or video, {@code [C, F, H, W]} in row-major order, on the heap.
 *
 * <p>Arithmetic rounds after every operation as torch does on float32 tensors, so a Java sampler and a Python one walk
 * through the same numbers.
 */
public final class Latents {

    // A class and not a record: records compare arrays by identity.
    private final LatentShape shape;
    private final float[] values;

    private Latents(LatentShape shape, float[] values) {
        this.shape = shape;
        this.values = values;
    }

    /**
     * Returns latents holding a copy of an array.
     *
     * @param shape the shape {@code [C, F, H, W]}
     * @param values {@code shape.elements()} values in row-major order
     * @throws IllegalArgumentException if the array is longer or shorter than the shape asks for
     */
    public static Latents copyOf(LatentShape shape, float[] values) {
        requireCount(shape, values.length);
        return new Latents(shape, values.clone());
    }

    /**
     * Returns latents holding a copy of the remaining values of a buffer, whose position stays where it is.
     *
     * @param shape the shape {@code [C, F, H, W]}
     * @param values a heap or direct buffer with {@code shape.elements()} values remaining, in row-major order
     * @throws IllegalArgumentException if more or fewer values remain than the shape asks for
     */
    public static Latents copyOf(LatentShape shape, FloatBuffer values) {
        requireCount(shape, values.remaining());
        float[] copy = new float[shape.elements()];
        values.get(values.position(), copy);
        return new Latents(shape, copy);
    }

    /** Returns latents of all zeros. */
    public static Latents zeros(LatentShape shape) {
        return new Latents(shape, new float[shape.elements()]);
    }

    /** Takes over an array that its caller will not touch again. */
    static Latents owning(LatentShape shape, float[] values) {
        requireCount(shape, values.length);
        return new Latents(shape, values);
    }

    /** Returns the shape {@code [C, F, H, W]}. */
    public LatentShape shape() {
        return shape;
    }

    /**
     * Returns {@code this + factor * other}, with the factor, the product and the sum each rounded to float32.
     *
     * @param factor any number; rounded to float32 before use
     * @param other latents of the same shape
     * @throws IllegalArgumentException if the shapes differ
     */
    public Latents plus(double factor, Latents other) {
        if (!shape.equals(other.shape)) {
            throw new IllegalArgumentException("latents: %s cannot be added to %s; resize one to the shape of the other"
                    .formatted(other.shape, shape));
        }
        float f = (float) factor;
        float[] a = values; // locals, since a compiler that does not look far reads fields anew each time
        float[] b = other.values;
        float[] sum = new float[a.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = a[i] + f * b[i]; // Java never fuses the two
        }
        return new Latents(shape, sum);
    }

    /** Returns {@code factor * this}, with the factor and the product each rounded to float32. */
    public Latents times(double factor) {
        float f = (float) factor;
        float[] a = values;
        float[] product = new float[a.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = f * a[i];
        }
        return new Latents(shape, product);
    }

    /** Returns the mean of all absolute values. */
    public double meanAbs() {
        double sum = 0;
        for (float value : values) {
            sum += Math.abs(value);
        }
        return sum / values.length;
    }

    /** Returns whether no value is NaN or infinite. */
    public boolean allFinite() {
        float zero = 0;
        for (float value : values) {
            zero += 0 * value; // 0 unless the value is NaN or infinite, and then NaN for good
        }
        return zero == 0;
    }

    /**
     * Returns one value by its row-major index.
     *
     * @throws IndexOutOfBoundsException if the index is negative or not below {@code shape().elements()}
     */
    public float get(int index) {
        return values[index];
    }

    /** Returns a copy of all values in row-major order. */
    public float[] values() {
        return values.clone();
    }

    /**
     * Returns a read-only view of all values in row-major order, without a copy.
     *
     * <p>It is the fast way out of the heap: {@code directBuffer.put(latents.asReadOnlyBuffer())} is one memory copy.
     */
    public FloatBuffer asReadOnlyBuffer() {
        return FloatBuffer.wrap(values).asReadOnlyBuffer();
    }

    /** The values themselves, for kernels of this package, which only read them. */
    float[] array() {
        return values;
    }

    /** Compares shape and values; as in {@link Float#equals}, NaN equals NaN, and 0.0 does not equal -0.0. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Latents that && shape.equals(that.shape) && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return 31 * shape.hashCode() + Arrays.hashCode(values);
    }

    /** Returns the shape; the values are far too many to print. */
    @Override
    public String toString() {
        return "Latents" + shape;
    }

    private static void requireCount(LatentShape shape, int count) {
        if (count != shape.elements()) {
            throw new IllegalArgumentException(
                    "latents: %s values do not fill %s; give exactly %s".formatted(count, shape, shape.elements()));
        }
    }
}
