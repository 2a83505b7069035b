package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

    private Weights(Supply supply, String prefix, DType dtype) {
        this.supply = supply;
        this.prefix = prefix;
        this.dtype = dtype;
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
        return supply.part(own -> model.apply(new Weights(own, prefix, dtype).at(key)));
    }

    /** The same weights with {@code key + "."} before every key asked for. */
    public Weights at(String key) {
        return new Weights(supply, prefix + key + ".", dtype);
    }

    /** These weights, with floating-point tensors in another type: layers that must not be rounded ask for float32. */
    public Weights in(DType dtype) {
        return new Weights(supply, prefix, dtype);
    }

    /**
     * The same weights for what a checkpoint must hold and a model does not use: tensors on {@link Device#META}, never read from
     * the file.
     */
    public Weights unread() {
        return new Weights(supply.unread(), prefix, dtype);
    }

    /** Names and shapes that a model asks for; its tensors live on {@link Device#META} and take no memory. */
    public static Map<String, List<Long>> blueprint(Function<Weights, ?> model) {
        return blueprint(Map.of(), model);
    }

    /** The same of a model that takes its widths from a file, which holds these; see {@link #size}. */
    public static Map<String, List<Long>> blueprint(Map<String, TensorInfo> stored, Function<Weights, ?> model) {
        return drawn(stored, model).asked();
    }

    private static Blueprint drawn(Map<String, TensorInfo> stored, Function<Weights, ?> model) {
        Blueprint blueprint = new Blueprint(new TreeMap<>(), stored, new ArrayList<>());
        try (Scope scope = Scope.open()) {
            Object unused = model.apply(new Weights(blueprint, "", DType.FLOAT32));
        }
        return blueprint;
    }

    /**
     * How many values a model has.
     *
     * @param all of its tensors
     * @param streamed that are in memory at most where its parts are {@linkplain #stream streamed}: all outside the parts, and the two
     *     largest of them
     */
    public record Footprint(long all, long streamed) {
        /** Of the model that constructors make; no file is needed. */
        public static Footprint of(Function<Weights, ?> model) {
            Blueprint blueprint = drawn(Map.of(), model);
            long all = values(blueprint.asked());
            long inParts = blueprint.parts().stream().mapToLong(Long::longValue).sum();
            long largest = blueprint.parts().stream()
                    .sorted(Comparator.reverseOrder())
                    .limit(2)
                    .mapToLong(Long::longValue)
                    .sum();
            return new Footprint(all, all - inParts + largest);
        }

        private static long values(Map<String, List<Long>> shapes) {
            return shapes.values().stream()
                    .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                    .sum();
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
        List<Tensor> held = new ArrayList<>();
        // Tensors keep their own memory: closing frees the pages of those that were converted, at the peak of a load.
        try (source) {
            WeightsReport.of(component, source, model).requireComplete();
            M built = model.apply(new Weights(new Reader(source, device, held, null, false), "", dtype));
            return new Loaded<>(built, () -> held.forEach(Tensor::close));
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
            String component, TensorSource source, DType dtype, Device device, Function<Weights, M> model) {
        List<Tensor> held = new ArrayList<>();
        StreamedParts streamed = new StreamedParts(device);
        Runnable release = () -> {
            streamed.close();
            held.forEach(Tensor::close);
            source.close();
        };
        try {
            WeightsReport.of(component, source, model).requireComplete();
            M built = model.apply(new Weights(new Reader(source, device, held, streamed, false), "", dtype));
            return new Loaded<>(built, release);
        } catch (RuntimeException e) {
            release.run();
            throw e;
        }
    }

    /** Writes down what is asked for, and how many values each part has. */
    private record Blueprint(Map<String, List<Long>> asked, Map<String, TensorInfo> infos, List<Long> parts)
            implements Supply {
        @Override
        public Tensor supply(String key, DType dtype, long[] shape) {
            asked.put(key, Arrays.stream(shape).boxed().toList());
            return Tensor.empty(dtype, Device.META, shape);
        }

        @Override
        public <M> Part<M> part(Function<Supply, M> builder) {
            Blueprint own = new Blueprint(new TreeMap<>(), infos, new ArrayList<>());
            M part = builder.apply(own);
            asked.putAll(own.asked);
            parts.add(Footprint.values(own.asked));
            return Part.kept(part);
        }

        @Override
        public Tensor keep(Tensor tensor, Scope scope) {
            return scope.keep(tensor);
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
                Tensor stored = copies ? source.copy(key) : source.tensor(key);
                Tensor converted = stored.dtype().isFloatingPoint() ? stored.to(dtype) : stored;
                return converted.to(device);
            });
        }

        @Override
        public Tensor keep(Tensor tensor, Scope scope) {
            held.add(tensor.retain());
            return tensor;
        }

        @Override
        public Supply unread() {
            return new Blueprint(new TreeMap<>(), infos(), new ArrayList<>());
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
