package io.bottleneck4j.models.vision;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Features of a set of pictures, one row a picture: 8 kB each for Inception's 2048. */
public final class FeatureSet {
    private final List<float[]> rows = new ArrayList<>();

    /** How many pictures. */
    public int size() {
        return rows.size();
    }

    /** How many features each has; 0 of an empty set. */
    public int width() {
        return rows.isEmpty() ? 0 : rows.get(0).length;
    }

    /** Adds rows [B, D]. */
    void add(Tensor features) {
        int width = (int) features.size(1);
        float[] values = features.toFloats();
        for (int at = 0; at < values.length; at += width) {
            rows.add(Arrays.copyOfRange(values, at, at + width));
        }
    }

    /** The rows of these numbers, float64 [n, D]. */
    Tensor rows(int[] numbers) {
        return Scope.scoped(() -> {
            float[] values = new float[numbers.length * width()];
            for (int i = 0; i < numbers.length; i++) {
                System.arraycopy(rows.get(numbers[i]), 0, values, i * width(), width());
            }
            return Tensor.of(values, numbers.length, width()).to(DType.FLOAT64);
        });
    }

    /** {@code count} rows from one on, float64 [n, D]. */
    Tensor rows(int from, int count) {
        int[] numbers = new int[count];
        Arrays.setAll(numbers, i -> from + i);
        return rows(numbers);
    }

    /** The mean row, float64 [1, D]. */
    Tensor mean() {
        return Scope.scoped(() -> {
            double[] sums = new double[width()];
            rows.forEach(row -> {
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += row[i];
                }
            });
            long[] bits = Arrays.stream(sums)
                    .mapToLong(sum -> Double.doubleToRawLongBits(sum / size()))
                    .toArray();
            return Tensor.of(bits, bits.length).viewAs(DType.FLOAT64, 1, bits.length);
        });
    }

    /** Refuses fewer pictures than a covariance needs: 2 on both sides. */
    public static void requireEnough(int a, int b) {
        if (Math.min(a, b) < 2) {
            throw new IllegalArgumentException("pictures: must be at least 2 on both sides, not " + a + " and " + b);
        }
    }

    static void requireComparable(FeatureSet a, FeatureSet b) {
        requireEnough(a.size(), b.size());
        if (a.width() != b.width()) {
            throw new IllegalArgumentException("features: must be of one width, not " + a.width() + " and " + b.width()
                    + "; encode both with one network");
        }
    }

    /** {@code a · bᵀ}. */
    static Tensor products(Tensor a, Tensor b) {
        return Ops.matmul(a, b.transpose(0, 1));
    }

    /** The sum of all values, float64. */
    static double total(Tensor values) {
        try (Scope scope = Scope.open()) {
            return values.reshape(-1).sum(0).bytes().asDoubleBuffer().get(0);
        }
    }
}
