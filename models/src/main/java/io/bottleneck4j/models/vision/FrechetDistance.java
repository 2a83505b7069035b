package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Linalg;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;

/**
 * How far two sets of features are apart, each taken for a normal distribution: |μ₁ - μ₂|² + tr(S₁ + S₂ - 2 (S₁ S₂)^½). Source: Heusel et
 * al., GANs trained by a two time-scale update rule converge to a local Nash equilibrium (2017), the FID where features are Inception's.
 *
 * <p>With S = RᵀR, S₁ S₂ has the eigenvalues that (R₁ R₂ᵀ)(R₁ R₂ᵀ)ᵀ has, so the last trace is the sum of R₁ R₂ᵀ's singular values: no root
 * of a matrix that is not symmetric, and no square of a small number. Of fewer pictures than features R is their centred rows; else its
 * rows are the eigenvectors of S. In float64.
 */
public final class FrechetDistance {
    private static final int ROWS = 1024;

    private FrechetDistance() {}

    /** Computes it, for sets of one width and of at least 2 rows. */
    public static double between(FeatureSet a, FeatureSet b) {
        FeatureSet.requireComparable(a, b);
        try (Scope scope = Scope.open()) {
            Tensor meanA = a.mean();
            Tensor meanB = b.mean();
            Tensor rootA = root(a, meanA);
            Tensor rootB = root(b, meanB);
            Tensor apart = meanA.sub(meanB);
            double between = FeatureSet.total(Linalg.svdvals(FeatureSet.products(rootA, rootB)));
            return FeatureSet.total(apart.mul(apart))
                    + FeatureSet.total(rootA.mul(rootA))
                    + FeatureSet.total(rootB.mul(rootB))
                    - 2 * between;
        }
    }

    /** R with RᵀR the covariance, divided by n - 1. */
    private static Tensor root(FeatureSet set, Tensor mean) {
        int n = set.size();
        if (n <= set.width()) {
            return scoped(() -> set.rows(0, n).sub(mean).div(Math.sqrt(n - 1)));
        }
        return scoped(() -> {
            Tensor sum = Tensor.zeros(DType.FLOAT64, Device.CPU, set.width(), set.width());
            for (int from = 0; from < n; from += ROWS) {
                try (Scope part = Scope.open()) {
                    Tensor rows = set.rows(from, Math.min(ROWS, n - from)).sub(mean);
                    sum.addInPlace(Ops.matmul(rows.transpose(0, 1), rows));
                }
            }
            return Linalg.root(sum.div(n - 1));
        });
    }
}
