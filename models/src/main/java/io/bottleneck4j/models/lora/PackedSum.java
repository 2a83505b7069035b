package io.bottleneck4j.models.lora;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** A packed weight that stays packed: what LoRAs add is added to its values each time they are made. */
record PackedSum(PackedTensor packed, List<LowRank.Product> products) implements PackedTensor {
    /** Values that are in memory in float32 at once where the sum is rounded to another type. */
    private static final long AT_ONCE = 1L << 24;

    @Override
    public List<Long> shape() {
        return packed.shape();
    }

    @Override
    public long bytes() {
        return packed.bytes()
                + products.stream()
                        .mapToLong(product ->
                                (product.up().numel() + product.down().numel()) * DType.FLOAT32.bytes())
                        .sum();
    }

    @Override
    public Device device() {
        return packed.device();
    }

    @Override
    public void copyTo(Tensor target) {
        if (target.dtype() == DType.FLOAT32) {
            packed.copyTo(target);
            products.forEach(product -> product.addTo(target));
            return;
        }
        long rows = target.size(0);
        long most = Math.max(1, AT_ONCE / Math.max(1, target.size(1)));
        for (long row = 0; row < rows; row += most) {
            try (Scope scope = Scope.open()) {
                long n = Math.min(most, rows - row);
                target.narrow(0, row, n).copyFrom(rows(row, n).unpacked(DType.FLOAT32));
            }
        }
    }

    @Override
    public PackedSum rows(long first, long count) {
        return new PackedSum(
                packed.rows(first, count),
                products.stream().map(product -> product.rows(first, count)).toList());
    }

    @Override
    public PackedSum to(Device device) {
        return new PackedSum(
                packed.to(device),
                products.stream().map(product -> product.to(device)).toList());
    }

    @Override
    public PackedSum copy() {
        return new PackedSum(packed.copy(), products);
    }

    @Override
    public List<Tensor> tensors() {
        return Stream.concat(
                        packed.tensors().stream(),
                        products.stream().flatMap(product -> Stream.of(product.up(), product.down())))
                .toList();
    }
}
