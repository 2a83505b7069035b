package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LinalgTest {
    @Test
    void root_ofACovariance_multipliesBackToIt() {
        try (Scope scope = Scope.open()) {
            Tensor rows = Tensor.of(new float[] {1, 2, -1, 0.5f, 3, 1, -2, 0, 4, 1, 1, -3}, 4, 3)
                    .to(DType.FLOAT64);
            Tensor covariance = Ops.matmul(rows.transpose(0, 1), rows);
            Tensor root = Linalg.root(covariance);
            assertThat(Ops.matmul(root.transpose(0, 1), root).toFloats())
                    .containsExactly(covariance.toFloats(), within(1e-5f));
        }
    }

    @Test
    void root_ofEigenvalueBelow0_countsItAs0() {
        try (Scope scope = Scope.open()) {
            Tensor root = Linalg.root(Tensor.of(new float[] {4, 0, 0, -1e-9f}, 2, 2));
            assertThat(Ops.matmul(root.transpose(0, 1), root).toFloats()).containsExactly(4, 0, 0, 0);
        }
    }

    @Test
    void root_ofNoSquare_saysSo() {
        try (Scope scope = Scope.open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Linalg.root(Tensor.of(new float[6], 2, 3)))
                    .withMessageContaining("eigh: [2, 3]");
        }
    }

    @Test
    void svdvals_ofAWideMatrix_areItsLengths() {
        try (Scope scope = Scope.open()) {
            Tensor matrix = Tensor.of(new float[] {0, 3, 4, 2, 0, 0}, 2, 3);
            assertThat(Linalg.svdvals(matrix).toFloats()).containsExactly(new float[] {5, 2}, within(1e-6f));
        }
    }
}
