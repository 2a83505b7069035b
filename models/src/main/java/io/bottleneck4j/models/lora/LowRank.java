package io.bottleneck4j.models.lora;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorSource;

/**
 * What a pair of matrices of a LoRA adds to one weight [out, in]: {@code factor · B · A}, where A (down) is [rank, in] and of B (up) [rows,
 * rank] the rows of this weight count.
 *
 * @param key of the weight in its component
 * @param down name of A in the LoRA's file
 * @param up name of B
 * @param row the first of B's rows that are this weight's
 * @param rows how many are
 * @param swapped whether the two halves of the rows lie the other way round in the weight
 * @param factor scale · alpha / rank
 */
public record LowRank(String key, String down, String up, long row, long rows, boolean swapped, double factor) {
    /** Adds it to values [out, in] in float32. */
    void addTo(Tensor values, TensorSource file) {
        try (Scope scope = Scope.open()) {
            Tensor a = matrix(file.tensor(down));
            Tensor b = matrix(file.tensor(up)).narrow(0, row, rows);
            if (swapped) {
                addRows(values, 0, b.from(0, rows / 2), a);
                addRows(values, rows / 2, b.until(0, rows / 2), a);
            } else {
                addRows(values, 0, b, a);
            }
        }
    }

    private void addRows(Tensor values, long first, Tensor b, Tensor a) {
        Tensor product = Scope.scoped(() -> Ops.matmul(b, a).mul(factor));
        Tensor unused = values.narrow(0, first, b.size(0)).addInPlace(product);
    }

    /** A convolution of 1 × 1 is a matrix. */
    private static Tensor matrix(Tensor stored) {
        Tensor plain = stored.to(DType.FLOAT32);
        return plain.dim() == 2 ? plain : plain.view(plain.size(0), plain.size(1));
    }
}
