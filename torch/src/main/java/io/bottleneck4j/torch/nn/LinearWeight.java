package io.bottleneck4j.torch.nn;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Int8Product;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Quantized;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Scratch;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Linear} layer's weight [out, in], as the layer's {@link Quantization} holds it.
 *
 * <p>In a file a quantized weight is {@code key.weight} int8 [out, in] with {@code key.weight_scale} float32 [out], or {@code key.weight}
 * uint8 [out, in / 2] with {@code key.weight_scale} bfloat16 [out, in / 64]; see {@link Quantized}. A weight that the file packs in
 * another way ({@link PackedTensor}) stays so where no quantization is asked for.
 */
sealed interface LinearWeight {
    String WEIGHT = ".weight";
    String SCALE = WEIGHT + Linear.SCALE;

    /** x [.., in] → [.., out]. */
    Tensor forward(Tensor x, @Nullable Tensor bias);

    /** The same through GELU by tanh. */
    Tensor forwardGeluTanh(Tensor x, @Nullable Tensor bias);

    /** How many tokens a chain of layers that begins with this one takes at a time soonest. */
    default long tokensAtOnce() {
        return Long.MAX_VALUE;
    }

    DType dtype();

    Device device();

    /** The parts' weights one below the other, each read and rounded before the next is. */
    static LinearWeight of(Weights w, int in, List<Linear.Part> parts) {
        Quantization how = w.quantization();
        if (how == Quantization.NONE) {
            return unpacked(w, in, parts).orElseGet(() -> plain(w, () -> stacked(w, parts, WEIGHT, in)));
        }
        try (Scope scope = Scope.open()) {
            Quantized read = w.stored() == Quantization.NONE ? rounded(w, how, in, parts) : stored(w, in, parts);
            if (how == Quantization.INT8) {
                Tensor values = w.made(() -> Int8Product.laidOut(read.values()));
                Tensor scale = w.made(read::scale);
                return new Int8(
                        Int8Product.of(values, scale), w.dtype(), read.values().device(), w.scratch());
            }
            Quantized kept = new Quantized(
                    w.made(read::values), w.made(() -> read.scale().to(w.dtype())));
            return new Dequantized(kept, in, w.scratch());
        }
    }

    /** A weight that is not quantized, as {@link Ops#packed} likes it. */
    static LinearWeight plain(Weights w, Supplier<Tensor> weight) {
        return new Plain(w.made(() -> Ops.packed(weight.get())));
    }

    /** A weight that stays as the file packs it; only one, since several would have to be unpacked to be stacked. */
    private static Optional<LinearWeight> unpacked(Weights w, int in, List<Linear.Part> parts) {
        if (parts.size() != 1) {
            return Optional.empty();
        }
        return w.packed(parts.get(0).key() + WEIGHT, parts.get(0).out(), in)
                .map(packed -> new Unpacked(packed, w.dtype(), w.scratch()));
    }

    private static Quantized rounded(Weights w, Quantization how, int in, List<Linear.Part> parts) {
        @Nullable Quantized all = null;
        long row = 0;
        for (Linear.Part part : parts) {
            try (Scope scope = Scope.open()) {
                // In float32 whatever the model's type is: so a file that was quantized before holds the same.
                Tensor weight = w.asStored(part.key() + WEIGHT, DType.FLOAT32, part.out(), in);
                if (all == null) {
                    all = empty(scope, how, weight.device(), parts, in);
                }
                all.fill(row, weight);
            }
            row += part.out();
        }
        return required(all);
    }

    private static Quantized stored(Weights w, int in, List<Linear.Part> parts) {
        if (parts.size() == 1) {
            return stored(w, in, parts.get(0));
        }
        @Nullable Quantized all = null;
        long row = 0;
        for (Linear.Part part : parts) {
            try (Scope scope = Scope.open()) {
                Quantized one = stored(w, in, part);
                if (all == null) {
                    all = empty(scope, w.stored(), one.values().device(), parts, in);
                }
                all.put(row, one);
            }
            row += part.out();
        }
        return required(all);
    }

    private static Quantized stored(Weights w, int in, Linear.Part part) {
        boolean small = w.stored() == Quantization.INT4_WEIGHTS;
        Tensor values = w.asStored(
                part.key() + WEIGHT, w.stored().weightType(w.dtype()), part.out(), small ? Quantized.bytes(in) : in);
        Tensor scale = small
                ? w.asStored(part.key() + SCALE, DType.BFLOAT16, part.out(), Quantized.groups(in))
                : w.asStored(part.key() + SCALE, DType.FLOAT32, part.out());
        return new Quantized(values, scale);
    }

    /** Memory for all parts, of the scope around this one. */
    private static Quantized empty(Scope scope, Quantization how, Device device, List<Linear.Part> parts, int in) {
        Quantized all = Quantized.empty(how, device, out(parts), in);
        return new Quantized(scope.keep(all.values()), scope.keep(all.scale()));
    }

    /** The parts' tensors one below the other, [out, more ..], each copied before the next is read. */
    static Tensor stacked(Weights w, List<Linear.Part> parts, String suffix, long... more) {
        if (parts.size() == 1) {
            return w.passing(parts.get(0).key() + suffix, shape(parts.get(0).out(), more));
        }
        @Nullable Tensor all = null;
        long row = 0;
        for (Linear.Part part : parts) {
            try (Scope scope = Scope.open()) {
                Tensor tensor = w.passing(part.key() + suffix, shape(part.out(), more));
                if (all == null) {
                    all = scope.keep(Tensor.empty(tensor.dtype(), tensor.device(), shape(out(parts), more)));
                }
                all.narrow(0, row, part.out()).copyFrom(tensor);
                row += part.out();
            }
        }
        return required(all);
    }

    private static <T> T required(@Nullable T all) {
        if (all == null) {
            throw new IllegalArgumentException("parts: none given; a layer needs at least 1");
        }
        return all;
    }

    private static long out(List<Linear.Part> parts) {
        return parts.stream().mapToLong(Linear.Part::out).sum();
    }

    static long[] shape(long first, long... more) {
        return LongStream.concat(LongStream.of(first), LongStream.of(more)).toArray();
    }

    /** In the model's type, in the layout {@link Ops#packed} chose. */
    record Plain(Tensor weight) implements LinearWeight {
        @Override
        public Tensor forward(Tensor x, @Nullable Tensor bias) {
            return Ops.linear(x, weight, bias);
        }

        @Override
        public Tensor forwardGeluTanh(Tensor x, @Nullable Tensor bias) {
            return Ops.linearGeluTanh(x, weight, bias);
        }

        @Override
        public long tokensAtOnce() {
            return Ops.tokensAtOnce(weight);
        }

        @Override
        public DType dtype() {
            return weight.dtype();
        }

        @Override
        public Device device() {
            return weight.device();
        }
    }

    /** Brought to the model's type for each product; scales are in that type. */
    record Dequantized(Quantized weight, long in, Scratch scratch) implements LinearWeight {
        @Override
        public Tensor forward(Tensor x, @Nullable Tensor bias) {
            return Scope.scoped(() -> Ops.linear(x, weight.dequantized(in, scratch), bias));
        }

        @Override
        public Tensor forwardGeluTanh(Tensor x, @Nullable Tensor bias) {
            return Scope.scoped(() -> Ops.linearGeluTanh(x, weight.dequantized(in, scratch), bias));
        }

        @Override
        public DType dtype() {
            return weight.scale().dtype();
        }

        @Override
        public Device device() {
            return weight.values().device();
        }
    }

    /** Made anew from what a file holds for each product. */
    record Unpacked(PackedTensor weight, DType dtype, Scratch scratch) implements LinearWeight {
        @Override
        public Tensor forward(Tensor x, @Nullable Tensor bias) {
            return Scope.scoped(() -> Ops.linear(x, weight.unpacked(dtype, scratch), bias));
        }

        @Override
        public Tensor forwardGeluTanh(Tensor x, @Nullable Tensor bias) {
            return Scope.scoped(() -> Ops.linearGeluTanh(x, weight.unpacked(dtype, scratch), bias));
        }

        @Override
        public Device device() {
            return weight.device();
        }
    }

    /** Multiplied as whole numbers with inputs rounded likewise. */
    record Int8(Int8Product product, DType dtype, Device device, Scratch scratch) implements LinearWeight {
        @Override
        public Tensor forward(Tensor x, @Nullable Tensor bias) {
            return product.linear(x, bias, scratch);
        }

        @Override
        public Tensor forwardGeluTanh(Tensor x, @Nullable Tensor bias) {
            return Scope.scoped(() -> Ops.geluTanh(product.linear(x, bias, scratch)));
        }

        @Override
        public long tokensAtOnce() {
            return Int8Product.TOKENS_AT_ONCE;
        }
    }
}
