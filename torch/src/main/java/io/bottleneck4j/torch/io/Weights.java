package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

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
        Map<String, List<Long>> asked = new TreeMap<>();
        try (Scope scope = Scope.open()) {
            Object unused = model.apply(new Weights(new Blueprint(asked, stored), "", DType.FLOAT32));
        }
        return asked;
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
            M built = model.apply(new Weights(new Reader(source, device, held), "", dtype));
            return new Loaded<>(built, held);
        } catch (RuntimeException e) {
            held.forEach(Tensor::close);
            throw e;
        }
    }

    /** Writes down what is asked for. */
    private record Blueprint(Map<String, List<Long>> asked, Map<String, TensorInfo> infos) implements Supply {
        @Override
        public Tensor supply(String key, DType dtype, long[] shape) {
            asked.put(key, Arrays.stream(shape).boxed().toList());
            return Tensor.empty(dtype, Device.META, shape);
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
    private record Reader(TensorSource source, Device device, List<Tensor> held) implements Supply {
        @Override
        public Tensor supply(String key, DType dtype, long[] shape) {
            return Scope.scoped(() -> {
                Tensor stored = source.tensor(key);
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
            return new Blueprint(new TreeMap<>(), infos());
        }

        @Override
        public Map<String, TensorInfo> infos() {
            return source.infos();
        }
    }

    /** A model with the memory its weights hang on; closing frees it. */
    public static final class Loaded<M> implements AutoCloseable {
        private final M model;
        private final List<Tensor> held;
        private boolean closed;

        private Loaded(M model, List<Tensor> held) {
            this.model = model;
            this.held = held;
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
                held.forEach(Tensor::close);
            }
        }
    }
}
