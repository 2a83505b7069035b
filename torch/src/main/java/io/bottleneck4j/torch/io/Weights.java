package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.PackedBytes;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Packing;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Scratch;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tensors a model's constructors ask for, by checkpoint key and shape.
 *
 * <p>A model is a function from {@code Weights} to itself. Run once on a {@linkplain #blueprint blueprint} it tells which
 * tensors it wants; held against a file, that names everything missing, unexpected or misshapen before a value is read
 * ({@link WeightsReport}). Run again on the file, it is the model. So there is one list of names, the constructors.
 */
public final class Weights {
    /** Where tensors come from, each into the present scope, and who frees those that stay. */
    private interface Supply {
        Tensor supply(String key, DType dtype, long[] shape);

        /** As the file packs it, into the present scope; empty where it does not. */
        Optional<PackedTensor> packed(String key, long[] shape);

        Tensor keep(Tensor tensor, Scope scope);

        <M> Part<M> part(Function<Supply, M> builder);

        /** Supplies names and shapes only. */
        Supply unread();

        /** What the file holds; nothing where there is none. */
        Map<String, TensorInfo> infos();
    }

    private final Supply supply;
    private final String prefix;
    private final DType dtype;
    private final Quantizing quantizing;

    private Weights(Supply supply, String prefix, DType dtype, Quantizing quantizing) {
        this.supply = supply;
        this.prefix = prefix;
        this.dtype = dtype;
        this.quantizing = quantizing;
    }

    /**
     * How layers hold their weights.
     *
     * @param wanted of the layers that are quantized
     * @param stored how the file holds them
     * @param here whether the layers asked for now are
     */
    private record Quantizing(Quantization wanted, Quantization stored, boolean here, Scratch scratch) {
        Quantizing(Quantization wanted, Quantization stored) {
            this(wanted, stored, false, new Scratch());
        }
    }

    /** The tensor under this key, in the model's type, on its device: part of the model, freed with it. */
    public Tensor tensor(String key, long... shape) {
        return made(() -> passing(key, shape));
    }

    /** The same for the present scope only: what a layer computes tensors of its own from, see {@link #made}. */
    public Tensor passing(String key, long... shape) {
        return supply.supply(prefix + key, dtype, shape);
    }

    /** A tensor that the model keeps: what the body returns, freed with the model; all else the body makes is freed at once. */
    public Tensor made(Supplier<Tensor> body) {
        try (Scope scope = Scope.open()) {
            return supply.keep(body.get(), scope);
        }
    }

    /**
     * The weight under this key as the file packs it, on the model's device: part of the model, freed with it. Empty where the file does
     * not pack it; {@link #tensor} unpacks it at once.
     */
    public Optional<PackedTensor> packed(String key, long... shape) {
        try (Scope scope = Scope.open()) {
            Optional<PackedTensor> packed = supply.packed(prefix + key, shape);
            packed.ifPresent(kept -> kept.tensors().forEach(tensor -> supply.keep(tensor, scope)));
            return packed;
        }
    }

    /** Whether the file packs the tensor under this key. */
    public boolean isPacked(String key) {
        TensorInfo info = supply.infos().get(prefix + key);
        return info != null && info.packing() != null;
    }

    /**
     * How long a dimension of a tensor is in the file, for models whose widths are the file's own; 1 where it has no such tensor, or
     * there is no file, so that loading names what is missing.
     */
    public int size(String key, int dim) {
        TensorInfo info = supply.infos().get(prefix + key);
        return info == null || info.shape().size() <= dim
                ? 1
                : Math.toIntExact(info.shape().get(dim));
    }

    /**
     * A part of the model under this key, such as a block: what is read anew for each use where weights are streamed.
     *
     * @param model builds it from its weights
     */
    public <M> Part<M> part(String key, Function<Weights, M> model) {
        return supply.part(own -> model.apply(new Weights(own, prefix, dtype, quantizing).at(key)));
    }

    /** The same weights with {@code key + "."} before every key asked for. */
    public Weights at(String key) {
        return new Weights(supply, prefix + key + ".", dtype, quantizing);
    }

    /** These weights, with floating-point tensors in another type: layers that must not be rounded ask for float32. */
    public Weights in(DType dtype) {
        return new Weights(supply, prefix, dtype, quantizing);
    }

    /**
     * The same weights for what a checkpoint must hold and a model does not use: tensors on {@link Device#META}, never read from
     * the file.
     */
    public Weights unread() {
        return new Weights(supply.unread(), prefix, dtype, quantizing);
    }

    /** These weights for layers that {@link #quantization} holds for: a model's constructors say which those are. */
    public Weights quantized() {
        return new Weights(
                supply, prefix, dtype, new Quantizing(quantizing.wanted, quantizing.stored, true, quantizing.scratch));
    }

    /** The type of floating-point tensors. */
    public DType dtype() {
        return dtype;
    }

    /** How the layers asked for now hold their weights. */
    public Quantization quantization() {
        return quantizing.here ? quantizing.wanted : Quantization.NONE;
    }

    /** How the file holds the weights of these layers. */
    public Quantization stored() {
        return quantizing.here ? quantizing.stored : Quantization.NONE;
    }

    /** What the model's layers write to in turn; freed with the model. */
    public Scratch scratch() {
        return quantizing.scratch;
    }

    /** The tensor under this key as it is stored, for the present scope. */
    public Tensor asStored(String key, DType stored, long... shape) {
        return supply.supply(prefix + key, stored, shape);
    }

    /** Names and shapes that a model asks for; its tensors live on {@link Device#META} and take no memory. */
    public static Map<String, List<Long>> blueprint(Function<Weights, ?> model) {
        return blueprint(Map.of(), model);
    }

    /** The same of a model that takes its widths from a file, which holds these; see {@link #size}. */
    public static Map<String, List<Long>> blueprint(Map<String, TensorInfo> stored, Function<Weights, ?> model) {
        Map<String, List<Long>> shapes = new TreeMap<>();
        blueprint(stored, DType.FLOAT32, Quantization.NONE, model)
                .forEach((key, info) -> shapes.put(key, info.shape()));
        return shapes;
    }

    /** Names, types and shapes of a file that holds a model in a type, its layers quantized. */
    public static Map<String, TensorInfo> blueprint(
            Map<String, TensorInfo> stored, DType dtype, Quantization quantization, Function<Weights, ?> model) {
        return drawn(stored, dtype, quantization, model).asked();
    }

    private static Blueprint drawn(
            Map<String, TensorInfo> stored, DType dtype, Quantization quantization, Function<Weights, ?> model) {
        Blueprint blueprint = new Blueprint(new TreeMap<>(), stored, new ArrayList<>(), new ArrayList<>());
        try (Scope scope = Scope.open()) {
            Object unused = model.apply(new Weights(blueprint, "", dtype, new Quantizing(quantization, quantization)));
        } finally {
            blueprint.held().forEach(Tensor::close);
        }
        return blueprint;
    }

    /**
     * Bytes of a model's weights. Packed weights count as they are held, and beside them the largest unpacked one.
     *
     * @param all of its tensors
     * @param streamed that are in memory at most where its parts are {@linkplain #stream streamed}: all outside the parts, and the two
     *     largest of them
     */
    public record Footprint(long all, long streamed) {
        /** Of the model that constructors make, in a type, its layers quantized; no file is needed. */
        public static Footprint of(DType dtype, Quantization quantization, Function<Weights, ?> model) {
            return of(Map.of(), dtype, quantization, model);
        }

        /** The same of a model whose file holds these, and may pack them. */
        public static Footprint of(
                Map<String, TensorInfo> stored, DType dtype, Quantization quantization, Function<Weights, ?> model) {
            Blueprint blueprint = drawn(stored, dtype, quantization, model);
            long room = blueprint.asked().values().stream()
                    .filter(info -> info.packing() != null)
                    .mapToLong(info -> info.numel() * dtype.bytes())
                    .max()
                    .orElse(0);
            long all = room + bytes(blueprint.asked());
            long inParts = blueprint.parts().stream().mapToLong(Long::longValue).sum();
            long largest = blueprint.parts().stream()
                    .sorted(Comparator.reverseOrder())
                    .limit(2)
                    .mapToLong(Long::longValue)
                    .sum();
            return new Footprint(all, all - inParts + largest);
        }

        private static long bytes(Map<String, TensorInfo> asked) {
            return asked.values().stream().mapToLong(TensorInfo::bytes).sum();
        }
    }

    /**
     * Builds the model from a source, closes the source, and hands over what the model's memory hangs on.
     *
     * @param component named in messages, as {@code transformer}
     * @param dtype the type of floating-point tensors in the model
     * @throws WeightsException if a tensor is missing, misshapen or unexpected
     */
    public static <M> Loaded<M> load(
            String component, TensorSource source, DType dtype, Device device, Function<Weights, M> model) {
        return load(component, source, dtype, device, Quantization.NONE, Quantization.NONE, model);
    }

    /**
     * The same with quantized layers.
     *
     * @param wanted how they shall hold their weights
     * @param stored how the source holds them; {@link Quantization#NONE} where they are rounded now, one layer at a time
     */
    public static <M> Loaded<M> load(
            String component,
            TensorSource source,
            DType dtype,
            Device device,
            Quantization wanted,
            Quantization stored,
            Function<Weights, M> model) {
        List<Tensor> held = new ArrayList<>();
        // Tensors keep their own memory: closing frees the pages of those that were converted, at the peak of a load.
        try (source) {
            WeightsReport.of(component, source, stored, model).requireComplete();
            Quantizing quantizing = new Quantizing(wanted, stored);
            M built = model.apply(new Weights(new Reader(source, device, held, null, false), "", dtype, quantizing));
            return new Loaded<>(built, () -> {
                held.forEach(Tensor::close);
                quantizing.scratch.close();
            });
        } catch (RuntimeException e) {
            held.forEach(Tensor::close);
            throw e;
        }
    }

    /**
     * The same with the model's {@linkplain #part parts} left in the file: each is read when it is used, and freed after it, so that a model
     * runs that does not fit into memory. The source stays open as long as the model.
     *
     * @throws WeightsException if a tensor is missing, misshapen or unexpected
     */
    public static <M> Loaded<M> stream(
            String component,
            TensorSource source,
            DType dtype,
            Device device,
            Quantization wanted,
            Quantization stored,
            Function<Weights, M> model) {
        List<Tensor> held = new ArrayList<>();
        StreamedParts streamed = new StreamedParts(device);
        Quantizing quantizing = new Quantizing(wanted, stored);
        Runnable release = () -> {
            streamed.close();
            held.forEach(Tensor::close);
            quantizing.scratch.close();
            source.close();
        };
        try {
            WeightsReport.of(component, source, stored, model).requireComplete();
            M built =
                    model.apply(new Weights(new Reader(source, device, held, streamed, false), "", dtype, quantizing));
            return new Loaded<>(built, release);
        } catch (RuntimeException e) {
            release.run();
            throw e;
        }
    }

    /** Writes down what is asked for, and how many bytes each part has. */
    private record Blueprint(
            Map<String, TensorInfo> asked, Map<String, TensorInfo> infos, List<Tensor> held, List<Long> parts)
            implements Supply {
        @Override
        public Tensor supply(String key, DType dtype, long[] shape) {
            asked.put(key, new TensorInfo(dtype, Arrays.stream(shape).boxed().toList()));
            return Tensor.empty(dtype, Device.META, shape);
        }

        @Override
        public Optional<PackedTensor> packed(String key, long[] shape) {
            List<Long> sizes = Arrays.stream(shape).boxed().toList();
            TensorInfo info = infos.get(key);
            Packing packing = info == null || !info.shape().equals(sizes) ? null : info.packing();
            if (packing == null) {
                return Optional.empty();
            }
            TensorInfo drawn = new TensorInfo(DType.FLOAT32, sizes, packing);
            asked.put(key, drawn);
            return Optional.of(PackedBytes.of(packing, sizes, Tensor.empty(DType.UINT8, Device.META, drawn.bytes())));
        }

        @Override
        public <M> Part<M> part(Function<Supply, M> builder) {
            Blueprint own = new Blueprint(new TreeMap<>(), infos, held, new ArrayList<>());
            M part = builder.apply(own);
            asked.putAll(own.asked);
            parts.add(Footprint.bytes(own.asked));
            return Part.kept(part);
        }

        @Override
        public Tensor keep(Tensor tensor, Scope scope) {
            held.add(tensor.retain());
            return tensor;
        }

        @Override
        public Supply unread() {
            return this;
        }
    }

    /** Reads and converts. */
    private record Reader(
            TensorSource source,
            Device device,
            List<Tensor> held,
            @Nullable StreamedParts streamed,
            boolean copies) implements Supply {
        @Override
        public <M> Part<M> part(Function<Supply, M> builder) {
            return streamed == null
                    ? Part.kept(builder.apply(this))
                    : streamed.part(own -> builder.apply(new Reader(source, device, own, null, true)));
        }

        @Override
        public Tensor supply(String key, DType dtype, long[] shape) {
            return Scope.scoped(() -> {
                Optional<PackedTensor> packed = dtype.isFloatingPoint() ? packed(key, shape) : Optional.empty();
                if (packed.isPresent()) {
                    return packed.get().unpacked(dtype);
                }
                Tensor stored = copies || isConverted(key, dtype) ? source.copy(key) : source.tensor(key);
                Tensor converted =
                        stored.dtype().isFloatingPoint() && dtype.isFloatingPoint() ? stored.to(dtype) : stored;
                return converted.to(device);
            });
        }

        /** Whether it is needed in another type: the pages of a mapped file, once read, would stay in memory beside what is made of them. */
        private boolean isConverted(String key, DType dtype) {
            TensorInfo info = source.infos().get(key);
            return info != null && info.dtype() != dtype && info.dtype().isFloatingPoint() && dtype.isFloatingPoint();
        }

        @Override
        public Optional<PackedTensor> packed(String key, long[] shape) {
            return source.packed(key).map(packed -> (copies ? packed.copy() : packed).to(device));
        }

        @Override
        public Tensor keep(Tensor tensor, Scope scope) {
            held.add(tensor.retain());
            return tensor;
        }

        @Override
        public Supply unread() {
            return new Blueprint(new TreeMap<>(), infos(), held, new ArrayList<>());
        }

        @Override
        public Map<String, TensorInfo> infos() {
            return source.infos();
        }
    }

    /** A model with the memory its weights hang on; closing frees it. */
    public static final class Loaded<M> implements AutoCloseable {
        private final M model;
        private final Runnable release;
        private boolean closed;

        private Loaded(M model, Runnable release) {
            this.model = model;
            this.release = release;
        }

        /**
         * The model.
         *
         * @throws IllegalStateException after {@link #close()}
         */
        public M model() {
            if (closed) {
                throw new IllegalStateException("model: its weights were released; load it again");
            }
            return model;
        }

        /** Frees the weights; a second call does nothing. */
        @Override
        public void close() {
            if (!closed) {
                closed = true;
                release.run();
            }
        }
    }
}
