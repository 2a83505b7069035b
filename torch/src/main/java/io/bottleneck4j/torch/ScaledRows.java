package io.bottleneck4j.torch;

import java.util.List;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * A packed weight whose values are multiplied by a scale of their own.
 *
 * @param packed the weight; any of its rows can be taken alone
 * @param scale float32 [1] for all, or [rows]
 */
@API(status = API.Status.INTERNAL)
public record ScaledRows(PackedTensor packed, Tensor scale) implements PackedTensor {
    public ScaledRows {
        if (scale.dtype() != DType.FLOAT32
                || scale.dim() != 1
                || (scale.numel() != 1 && scale.numel() != rows(packed))) {
            throw new IllegalArgumentException("scale: must be float32 of one value, or of one for each of "
                    + rows(packed) + " rows, is " + scale);
        }
    }

    private static long rows(PackedTensor packed) {
        return packed.shape().isEmpty() ? 1 : packed.shape().get(0);
    }

    @Override
    public List<Long> shape() {
        return packed.shape();
    }

    @Override
    public long bytes() {
        return packed.bytes() + scale.numel() * DType.FLOAT32.bytes();
    }

    @Override
    public Device device() {
        return packed.device();
    }

    @Override
    public void copyTo(Tensor target) {
        long rows = rows(packed);
        if (target.dtype() == DType.FLOAT32) {
            packed.copyTo(target);
            multiply(target, scale);
        } else if (packed.shape().isEmpty()) {
            target.copyFrom(unpacked(DType.FLOAT32));
        } else {
            long most = Math.max(1, PackedBytes.atOnce(device()) / Math.max(1, target.numel() / Math.max(1, rows)));
            for (long row = 0; row < rows; row += most) {
                try (Scope scope = Scope.open()) {
                    long n = Math.min(most, rows - row);
                    target.narrow(0, row, n).copyFrom(rows(row, n).unpacked(DType.FLOAT32));
                }
            }
        }
    }

    private static void multiply(Tensor values, Tensor scale) {
        try (Scope scope = Scope.open()) {
            if (values.numel() > 0) {
                values.view(scale.numel(), -1).mulInPlace(scale.view(-1, 1));
            }
        }
    }

    @Override
    public ScaledRows rows(long first, long count) {
        return new ScaledRows(packed.rows(first, count), scale.numel() == 1 ? scale : scale.narrow(0, first, count));
    }

    @Override
    public ScaledRows to(Device device) {
        return new ScaledRows(packed.to(device), scale.to(device));
    }

    @Override
    public ScaledRows copy() {
        return new ScaledRows(packed.copy(), PackedBytes.copied(scale));
    }

    @Override
    public List<Tensor> tensors() {
        return Stream.concat(packed.tensors().stream(), Stream.of(scale)).toList();
    }
}
