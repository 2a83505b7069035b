package io.bottleneck4j.core;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import java.util.Random;

/** Seeded random values for tests. */
public final class Randoms {

    private Randoms() {}

    /** Returns standard normal values. */
    public static Latents gaussian(LatentShape shape, long seed) {
        Random random = new Random(seed);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Latents.copyOf(shape, values);
    }

    /** Returns the largest absolute difference. */
    public static double distance(Latents a, Latents b) {
        double largest = 0;
        Latents difference = a.plus(-1, b);
        for (float value : difference.values()) {
            largest = Math.max(largest, Float.isNaN(value) ? Double.POSITIVE_INFINITY : Math.abs(value));
        }
        return largest;
    }
}
