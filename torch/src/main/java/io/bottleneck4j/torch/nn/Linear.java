package io.bottleneck4j.torch.nn;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A fully connected layer: weight [out, in], bias [out] or none. */
public final class Linear {
    /** What the key of a quantized weight's scales has beyond that of the weight. */
    public static final String SCALE = "_scale";

    private final List<Product> products; // whose outputs lie side by side

    private Linear(LinearWeight weight, @Nullable Tensor bias) {
        this(List.of(new Product(weight, bias)));
    }

    private Linear(List<Product> products) {
        this.products = products;
    }

    /** One weight, with its bias. */
    private record Product(LinearWeight weight, @Nullable Tensor bias) {}

    /** One of several layers that {@link #joined} makes one: reads {@code key.weight} [out, in] and {@code key.bias} [out]. */
    public record Part(String key, int out) {}

    /** Reads {@code key.weight} and {@code key.bias}; {@link Weights#quantization} says how the weight is held. */
    public static Linear of(Weights w, String key, int in, int out) {
        return new Linear(LinearWeight.of(w, in, List.of(new Part(key, out))), w.tensor(key + ".bias", out));
    }

    /**
     * A convolution whose kernel meets every value once, its stride being its size, as a layer on patches. Reads {@code key.weight} [out,
     * patch ..] and {@code key.bias}; x has a patch's values in the kernel's order.
     */
    public static Linear ofPatches(Weights w, String key, int out, long... patch) {
        LinearWeight weight = LinearWeight.plain(
                w,
                () -> w.passing(key + ".weight", LinearWeight.shape(out, patch)).view(out, -1));
        return new Linear(weight, w.tensor(key + ".bias", out));
    }

    /** Reads {@code key.weight}; there is no bias. */
    public static Linear withoutBias(Weights w, String key, int in, int out) {
        return new Linear(LinearWeight.of(w, in, List.of(new Part(key, out))), null);
    }

    /**
     * Layers of one input as one layer, whose outputs lie side by side in the order of the parts: one product for many. Large ones stay
     * products of their own, unless they are of whole numbers, which takes no longer and no copy of weights that lie in a mapped file; and so
     * do those that the file packs.
     */
    public static Linear joined(Weights w, int in, List<Part> parts) {
        return joined(w, in, parts, true);
    }

    /** {@link #joined} of layers that have no bias. */
    public static Linear joinedWithoutBias(Weights w, int in, List<Part> parts) {
        return joined(w, in, parts, false);
    }

    private static Linear joined(Weights w, int in, List<Part> parts, boolean bias) {
        long out = parts.stream().mapToLong(Part::out).sum();
        boolean packed = w.quantization() == Quantization.NONE
                && parts.stream().anyMatch(part -> w.isPacked(part.key() + LinearWeight.WEIGHT));
        // Of whole numbers there is a copy anyway, and what is multiplied with all parts is rounded once.
        if (packed || (in * out > Ops.LARGEST_PACKED && w.quantization() != Quantization.INT8)) {
            return new Linear(parts.stream()
                    .map(part -> bias ? of(w, part.key(), in, part.out()) : withoutBias(w, part.key(), in, part.out()))
                    .flatMap(layer -> layer.products.stream())
                    .toList());
        }
        return new Linear(
                LinearWeight.of(w, in, parts), bias ? w.made(() -> LinearWeight.stacked(w, parts, ".bias")) : null);
    }

    /** How many tokens to give to a chain of layers that begins with this one; see {@link Ops#inTurns}. */
    public long tokensAtOnce() {
        return products.get(0).weight().tokensAtOnce();
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
        return sideBySide(each -> each.weight().forward(x, each.bias()));
    }

    /** x [.., in] → GELU, by tanh, of {@link #forward}: [.., out]. */
    public Tensor forwardGeluTanh(Tensor x) {
        return sideBySide(each -> each.weight().forwardGeluTanh(x, each.bias()));
    }

    private Tensor sideBySide(Function<Product, Tensor> product) {
        return products.size() == 1
                ? product.apply(products.get(0))
                : Scope.scoped(() -> Ops.cat(-1, products.stream().map(product).toArray(Tensor[]::new)));
    }
}
