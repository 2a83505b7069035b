package io.bottleneck4j.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apiguardian.api.API;

/**
 * Packed weights one below the other, as one.
 *
 * @param parts at least one; their shapes agree but in the first dimension
 */
@API(status = API.Status.INTERNAL)
public record PackedRows(List<PackedTensor> parts) implements PackedTensor {
    /** Copies the list. */
    public PackedRows {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("parts: must be at least one, are none");
        }
    }

    @Override
    public List<Long> shape() {
        List<Long> shape = new ArrayList<>(parts.get(0).shape());
        shape.set(0, parts.stream().mapToLong(PackedRows::count).sum());
        return shape;
    }

    private static long count(PackedTensor part) {
        return part.shape().get(0);
    }

    @Override
    public long bytes() {
        return parts.stream().mapToLong(PackedTensor::bytes).sum();
    }

    @Override
    public Device device() {
        return parts.get(0).device();
    }

    @Override
    public void copyTo(Tensor target) {
        long row = 0;
        for (PackedTensor part : parts) {
            try (Scope scope = Scope.open()) {
                part.copyTo(target.narrow(0, row, count(part)));
            }
            row += count(part);
        }
    }

    @Override
    public PackedTensor rows(long first, long count) {
        List<PackedTensor> cut = new ArrayList<>();
        long begin = 0;
        for (PackedTensor part : parts) {
            long from = Math.max(first, begin);
            long to = Math.min(first + count, begin + count(part));
            if (from < to) {
                cut.add(part.rows(from - begin, to - from));
            }
            begin += count(part);
        }
        if (first < 0 || count < 1 || first > begin - count) {
            throw new IllegalArgumentException(
                    "rows: must be among the " + begin + " there are, are " + count + " from " + first);
        }
        return cut.size() == 1 ? cut.get(0) : new PackedRows(cut);
    }

    @Override
    public PackedTensor to(Device device) {
        return each(part -> part.to(device));
    }

    @Override
    public PackedTensor copy() {
        return each(PackedTensor::copy);
    }

    private PackedTensor each(UnaryOperator<PackedTensor> change) {
        return new PackedRows(parts.stream().map(change).toList());
    }

    @Override
    public List<Tensor> tensors() {
        return parts.stream().flatMap(part -> part.tensors().stream()).toList();
    }
}
