package io.bottleneck4j.models.lora;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Excerpt;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;

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
    /**
     * B and A in float32, B's rows in the order of the weight's.
     *
     * @param name of the file, for messages
     * @throws WeightsException if they hold NaN or infinity, as where a training failed: the picture would be nothing else
     */
    Product product(TensorSource file, Path name) {
        try (Scope scope = Scope.open()) {
            Tensor b = finite(up, file, name).narrow(0, row, rows);
            long half = rows / 2;
            Tensor ordered = swapped ? Ops.cat(0, b.from(0, half), b.until(0, half)) : b;
            return new Product(scope.keep(ordered), scope.keep(finite(down, file, name)), factor);
        }
    }

    private static Tensor finite(String key, TensorSource file, Path name) {
        Tensor matrix = matrix(file.tensor(key));
        if (!matrix.isFinite()) {
            throw new WeightsException("lora " + name + ": tensor " + Excerpt.quoted(key)
                    + " holds NaN or infinity, so its training failed or the file is damaged; take another");
        }
        return matrix;
    }

    /** A convolution of 1 × 1 is a matrix. */
    private static Tensor matrix(Tensor stored) {
        Tensor plain = stored.to(DType.FLOAT32);
        return plain.dim() == 2 ? plain : plain.view(plain.size(0), plain.size(1));
    }

    /**
     * The matrices of a product.
     *
     * @param up B, float32 [out, rank]
     * @param down A, float32 [rank, in]
     */
    record Product(Tensor up, Tensor down, double factor) {
        /** Adds it to values [out, in] in float32. */
        void addTo(Tensor values) {
            try (Scope scope = Scope.open()) {
                Tensor unused = values.addInPlace(Ops.matmul(up, down).mul(factor));
            }
        }

        Product rows(long first, long count) {
            return new Product(up.narrow(0, first, count), down, factor);
        }

        Product to(Device device) {
            return new Product(up.to(device), down.to(device), factor);
        }
    }
}
