package io.bottleneck4j.torch;

import java.util.List;
import org.apiguardian.api.API;

/**
 * A weight held in fewer bits than it is computed in: it keeps its bytes, and its values are made anew for each use.
 *
 * <p>A decorator of this interface may change the values on their way, as a LoRA that adds to them does: it unpacks what it decorates and
 * adds to the target.
 */
@API(status = API.Status.INTERNAL)
public interface PackedTensor {
    /** Entries along every dimension of the values. */
    List<Long> shape();

    /** Bytes that it holds. */
    long bytes();

    /** Where they are, and where the values are made. */
    Device device();

    /**
     * Writes the values.
     *
     * @param target of this shape, contiguous, on this device, of any floating-point type: values are made in float32 and rounded to it
     *     once
     */
    void copyTo(Tensor target);

    /** The values in memory of their own, of the present scope. */
    default Tensor unpacked(DType dtype) {
        return copied(Tensor.empty(dtype, device(), dimensions()));
    }

    /** The values in memory that the next call writes over. */
    default Tensor unpacked(DType dtype, Scratch scratch) {
        return copied(scratch.take(dtype, device(), dimensions()));
    }

    private Tensor copied(Tensor target) {
        copyTo(target);
        return target;
    }

    private long[] dimensions() {
        return shape().stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * Entries of the first dimension, without unpacking: the same bytes.
     *
     * @throws IllegalArgumentException if it has fewer, or the cut would go through a block of values that share a scale
     */
    PackedTensor rows(long first, long count);

    /** The same on another device; this very one where it is there already. */
    PackedTensor to(Device device);

    /** The same in memory of its own, read from the file where there is one, and not by way of its mapping. */
    PackedTensor copy();

    /** What it keeps: who holds on to it beyond a scope {@linkplain Tensor#retain retains} these, and closes them in the end. */
    List<Tensor> tensors();
}
