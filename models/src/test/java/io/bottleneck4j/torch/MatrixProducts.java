package io.bottleneck4j.torch;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Counts the FLOPs of the matrix products a piece of code really issues, from the operands' shapes, a multiplication with its
 * addition as two. In this package, since only here the calls to libtorch can be watched.
 *
 * <p>An operation it does not know ends the count, so that a new kind of product cannot go uncounted.
 */
public final class MatrixProducts {
    /** What is no matrix product. */
    private static final Set<String> OTHERS = Set.of(
            "abs",
            "add",
            "addcmul",
            "cat",
            "contiguous",
            "copy",
            "empty",
            "expand",
            "gelu",
            "index_copy",
            "index_select",
            "layer_norm",
            "mean",
            "mul",
            "narrow",
            "permute",
            "queries_and_keys",
            "randn",
            "reshape",
            "rms_norm",
            "select",
            "silu",
            "softmax",
            "sub",
            "sum",
            "tanh",
            "to",
            "transpose",
            "unsqueeze",
            "view",
            "view_as_complex",
            "zeros");

    private final TreeMap<String, Double> flops = new TreeMap<>();
    private final TreeSet<String> unknown = new TreeSet<>();

    private MatrixProducts() {}

    /** Runs the code and counts; nothing else may call libtorch meanwhile. */
    public static MatrixProducts of(Runnable code) {
        MatrixProducts products = new MatrixProducts();
        NativeCall.observer = products::count;
        try {
            code.run();
        } finally {
            NativeCall.observer = null;
        }
        if (!products.unknown.isEmpty()) {
            throw new AssertionError("operations not known to be products or not: " + products.unknown);
        }
        return products;
    }

    /** FLOPs in all. */
    public double flops() {
        return flops.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** FLOPs by operation, to be shown where a count is not as expected. */
    @Override
    public String toString() {
        return flops.toString();
    }

    private void count(String operation, Tensor... operands) {
        switch (operation) {
            case "linear", "conv2d" -> { // weight [out, in] or, of 1 × 1, [out, in, 1, 1]
                Tensor x = operands[0];
                Tensor weight = operands[1];
                long in = weight.size(1);
                if (weight.numel() != weight.size(0) * in) {
                    throw new AssertionError("conv2d: not of 1 × 1 but " + Arrays.toString(weight.shape()));
                }
                add(operation, 2.0 * x.numel() * weight.size(0));
            }
            case "bmm", "matmul" -> product(operation, operands[0], operands[1]);
            case "baddbmm" -> product(operation, operands[1], operands[2]);
            case "scaled_dot_product_attention" -> { // q [B, H, Lq, Dh], k [B, H, Lk, Dh], v alike
                add(operation, 2.0 * operands[0].numel() * operands[1].size(2));
                add(
                        operation,
                        2.0 * operands[0].numel() / operands[0].size(3) * operands[2].size(3) * operands[1].size(2));
            }
            default -> {
                // Some tell shapes too, and those in place end in an underscore.
                String name = operation.split(" ", 2)[0].replaceFirst("_$", "");
                if (!OTHERS.contains(name)) {
                    unknown.add(name);
                }
            }
        }
    }

    /** a [.., L, K] times b [.., K, M]. */
    private void product(String operation, Tensor a, Tensor b) {
        add(operation, 2.0 * a.numel() * b.size(-1));
    }

    private void add(String operation, double more) {
        flops.merge(operation, more, Double::sum);
    }
}
