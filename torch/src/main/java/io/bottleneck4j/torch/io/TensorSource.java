package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Named tensors, as a safetensors file or its shards hold them. A decorator of this interface is the place to change weights on
 * their way into a model (a LoRA, say): models see nothing else.
 */
public interface TensorSource extends AutoCloseable {
    /**
     * Opens one file of weights, whatever its name: GGUF or safetensors, by its first bytes. What scales lie beside weights of 8 bits
     * are taken together with them ({@link ScaledSource}).
     *
     * @throws WeightsException if it is missing, neither of both, or damaged
     */
    static TensorSource open(Path file) {
        return ForeignFile.isGguf(file) ? GgufFile.open(file) : ScaledSource.over(SafetensorsFile.open(file));
    }

    /** Every tensor's name, type and shape, in the file's order; no values are read. */
    Map<String, TensorInfo> infos();

    /**
     * The tensor of this name on the CPU, in the file's own type, without copying where the source allows; in float32, unpacked, where
     * the file packs it. It belongs to the caller's {@link io.bottleneck4j.torch.Scope} and stays valid after the source is closed.
     *
     * @throws WeightsException if there is none of that name
     */
    Tensor tensor(String name);

    /**
     * The same tensor in memory of its own, which goes with it, though the source be mapped: what is read to be used once.
     *
     * @throws WeightsException if there is none of that name
     */
    default Tensor copy(String name) {
        return Scope.scoped(() -> {
            Tensor stored = tensor(name);
            return Tensor.empty(stored.dtype(), stored.device(), stored.shape()).copyFrom(stored);
        });
    }

    /**
     * Entries of the first dimension in memory of their own, read alone where the source allows.
     *
     * @throws WeightsException if there is no tensor of that name
     * @throws IllegalArgumentException if it has fewer
     */
    default Tensor copy(String name, long first, long count) {
        return Scope.scoped(() -> {
            Tensor rows = tensor(name).narrow(0, first, count);
            return Tensor.empty(rows.dtype(), rows.device(), rows.shape()).copyFrom(rows);
        });
    }

    /**
     * The tensor of this name as the file packs it, its bytes not copied where the source allows; empty where the file does not pack it.
     * Its tensors belong to the caller's scope and stay valid after the source is closed; it cannot be {@linkplain PackedTensor#copy
     * copied} then.
     *
     * @throws WeightsException if there is none of that name
     */
    default Optional<PackedTensor> packed(String name) {
        return Optional.empty();
    }

    /**
     * Names in the files of parts of a larger model that this one is a part of, as the picture's half of a whole CLIP: they are no
     * damage, and not among {@link #infos}.
     */
    default List<String> leftOut() {
        return List.of();
    }

    /** Releases files, and what no tensor uses any more; a second call does nothing. */
    @Override
    void close();
}
