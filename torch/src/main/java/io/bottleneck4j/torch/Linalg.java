package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.NativeCall.call;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;

/** Functions of {@code torch.linalg} on matrices. */
public final class Linalg {
    private Linalg() {}

    /** The singular values of a matrix [N, M], the largest first. */
    public static Tensor svdvals(Tensor matrix) {
        return call("svdvals", () -> torch.linalg_svdvals(matrix.raw()), matrix);
    }

    /**
     * A matrix R [D, D] whose {@code Rᵀ · R} is a symmetric matrix [D, D], as a covariance: the eigenvectors in rows, each multiplied by the
     * root of its eigenvalue. No eigenvalue may be below 0; those that rounding made so count as 0.
     */
    public static Tensor root(Tensor symmetric) {
        return call(
                "eigh",
                () -> {
                    T_TensorTensor_T eigen = torch.linalg_eigh(symmetric.raw());
                    org.bytedeco.pytorch.Tensor roots =
                            eigen.get0().clamp_min(new Scalar(0)).sqrt();
                    return eigen.get1().mul(roots).t().contiguous();
                },
                symmetric);
    }
}
