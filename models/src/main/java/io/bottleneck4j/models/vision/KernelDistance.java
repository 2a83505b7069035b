package io.bottleneck4j.models.vision;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How far two sets of features are apart by the kernel (x·y / D + 1)³: the unbiased estimate of the squared maximum mean discrepancy, over
 * random subsets of both. About 0, and as often below as above, for two sets of one distribution, however few. Source: Bińkowski et al.,
 * Demystifying MMD GANs (2018), the KID where features are Inception's; torch-fidelity 0.4.0, metric_kid.py, torchmetrics 1.9.0, kid.py.
 *
 * @param subsets how many are drawn
 * @param size rows of each, without repetition
 * @param seed of the draws
 */
public record KernelDistance(int subsets, int size, long seed) {
    /** What both references draw by default: 100 subsets of 1,000. */
    public static final int SUBSETS = 100;

    public static final int SIZE = 1000;

    public KernelDistance {
        if (subsets < 1) {
            throw new IllegalArgumentException("subsets: must be at least 1, not " + subsets);
        }
        if (size < 2) {
            throw new IllegalArgumentException("subset-size: must be at least 2 pictures, not " + size);
        }
    }

    /** The mean over subsets, and their standard deviation: the spread of draws from these pictures, not the error of the mean. */
    public record Estimate(double mean, double deviation) {}

    /** Computes it, in float64, for sets of one width and of as many rows as a subset has. */
    public Estimate between(FeatureSet a, FeatureSet b) {
        FeatureSet.requireComparable(a, b);
        requireEnough(a.size(), b.size());
        SplittableRandom random = new SplittableRandom(seed);
        double[] distances = new double[subsets];
        Arrays.setAll(distances, i -> discrepancy(a, draw(a.size(), random), b, draw(b.size(), random)));
        double mean = Arrays.stream(distances).average().orElseThrow();
        double squares =
                Arrays.stream(distances).map(d -> (d - mean) * (d - mean)).sum();
        return new Estimate(mean, Math.sqrt(squares / subsets));
    }

    /** Refuses fewer pictures than a subset has. */
    public void requireEnough(int a, int b) {
        if (Math.min(a, b) < size) {
            throw new IllegalArgumentException("subset-size: must be at most the pictures of the smaller side, "
                    + Math.min(a, b) + ", not " + size + "; use a smaller one");
        }
    }

    /** Numbers below n in random order, the first {@code size} of them. */
    private int[] draw(int n, SplittableRandom random) {
        int[] numbers = new int[n];
        Arrays.setAll(numbers, i -> i);
        for (int i = 0; i < size; i++) {
            int other = i + random.nextInt(n - i);
            int kept = numbers[i];
            numbers[i] = numbers[other];
            numbers[other] = kept;
        }
        return Arrays.copyOf(numbers, size);
    }

    /** The unbiased squared discrepancy of these rows; as many of each set. */
    static double discrepancy(FeatureSet a, int[] ofA, FeatureSet b, int[] ofB) {
        try (Scope scope = Scope.open()) {
            Tensor x = a.rows(ofA);
            Tensor y = b.rows(ofB);
            double m = ofA.length;
            return (withoutDiagonal(x) + withoutDiagonal(y)) / (m * (m - 1))
                    - 2 * FeatureSet.total(kernel(x, y)) / (m * m);
        }
    }

    private static double withoutDiagonal(Tensor x) {
        return FeatureSet.total(kernel(x, x)) - FeatureSet.total(cubed(x.mul(x).sum(1), (double) x.size(1)));
    }

    private static Tensor kernel(Tensor x, Tensor y) {
        return cubed(FeatureSet.products(x, y), (double) x.size(1));
    }

    private static Tensor cubed(Tensor products, double width) {
        Tensor base = products.div(width).add(1);
        return base.mul(base).mul(base);
    }
}
