package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Named tensors, as a safetensors file or its shards hold them. A decorator of this interface is the place to change weights on
 * their way into a model (a LoRA, say): models see nothing else.
 */
public interface TensorSource extends AutoCloseable {
    /** Every tensor's name, type and shape, in the file's order; no values are read. */
    Map<String, TensorInfo> infos();

    /**
     * The tensor of this name on the CPU, in the file's own type, without copying where the source allows. It belongs to the
     * caller's {@link io.bottleneck4j.torch.Scope} and stays valid after the source is closed.
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
