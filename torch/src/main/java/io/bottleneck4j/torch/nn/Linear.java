package io.bottleneck4j.torch.nn;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** A fully connected layer: weight [out, in], bias [out] or none. */
public final class Linear {
    private final List<Product> products; // whose outputs lie side by side

    private Linear(Tensor weight, @Nullable Tensor bias) {
        this(List.of(new Product(weight, bias)));
    }

    private Linear(List<Product> products) {
        this.products = products;
    }

    /** One weight, in the layout Ops.packed chose, with its bias. */
    private record Product(Tensor weight, @Nullable Tensor bias) {}

    /** One of several layers that {@link #joined} makes one: reads {@code key.weight} [out, in] and {@code key.bias} [out]. */
    public record Part(String key, int out) {}

    /** Reads {@code key.weight} and {@code key.bias}. */
    public static Linear of(Weights w, String key, int in, int out) {
        return new Linear(weight(w, key, in, out), w.tensor(key + ".bias", out));
    }

    /**
     * A convolution whose kernel meets every value once, its stride being its size, as a layer on patches. Reads {@code key.weight} [out,
     * patch ..] and {@code key.bias}; x has a patch's values in the kernel's order.
     */
    public static Linear ofPatches(Weights w, String key, int out, long... patch) {
        Tensor weight = w.made(
                () -> Ops.packed(w.passing(key + ".weight", shape(out, patch)).view(out, -1)));
        return new Linear(weight, w.tensor(key + ".bias", out));
    }

    /** Reads {@code key.weight}; there is no bias. */
    public static Linear withoutBias(Weights w, String key, int in, int out) {
        return new Linear(weight(w, key, in, out), null);
    }

    /**
     * Layers of one input as one layer, whose outputs lie side by side in the order of the parts: one product for many. Large ones stay
     * products of their own, which takes no longer and no copy of weights that lie in a mapped file.
     */
    public static Linear joined(Weights w, int in, List<Part> parts) {
        int out = parts.stream().mapToInt(Part::out).sum();
        if ((long) in * out > Ops.LARGEST_PACKED) {
            return new Linear(parts.stream()
                    .map(part -> of(w, part.key(), in, part.out()))
                    .flatMap(layer -> layer.products.stream())
                    .toList());
        }
        Tensor weight = w.made(() -> Ops.packed(stacked(w, parts, ".weight", out, in)));
        Tensor bias = w.made(() -> stacked(w, parts, ".bias", out));
        return new Linear(weight, bias);
    }

    /** The parts' tensors one below the other, [out, more ..], each copied before the next is read. */
    private static Tensor stacked(Weights w, List<Part> parts, String suffix, long out, long... more) {
        @Nullable Tensor all = null;
        long row = 0;
        for (Part part : parts) {
            try (Scope scope = Scope.open()) {
                Tensor tensor = w.passing(part.key() + suffix, shape(part.out(), more));
                if (all == null) {
                    all = scope.keep(Tensor.empty(tensor.dtype(), tensor.device(), shape(out, more)));
                }
                all.narrow(0, row, part.out()).copyFrom(tensor);
                row += part.out();
            }
        }
        if (all == null) {
            throw new IllegalArgumentException("parts: none given; a layer needs at least 1");
        }
        return all;
    }

    private static long[] shape(long first, long... more) {
        return LongStream.concat(LongStream.of(first), LongStream.of(more)).toArray();
    }

    private static Tensor weight(Weights w, String key, int in, int out) {
        return w.made(() -> Ops.packed(w.passing(key + ".weight", out, in)));
    }

    /** Type of weights and results. */
    public DType dtype() {
        return products.get(0).weight().dtype();
    }

    /** Where the weights are. */
    public Device device() {
        return products.get(0).weight().device();
    }

    /** x [.., in] → [.., out]. */
    public Tensor forward(Tensor x) {
        return sideBySide(each -> Ops.linear(x, each.weight(), each.bias()));
    }

    /** x [.., in] → GELU, by tanh, of {@link #forward}: [.., out]. */
    public Tensor forwardGeluTanh(Tensor x) {
        return sideBySide(each -> Ops.linearGeluTanh(x, each.weight(), each.bias()));
    }

    private Tensor sideBySide(Function<Product, Tensor> product) {
        return products.size() == 1
                ? product.apply(products.get(0))
                : Scope.scoped(() -> Ops.cat(-1, products.stream().map(product).toArray(Tensor[]::new)));
    }
}
