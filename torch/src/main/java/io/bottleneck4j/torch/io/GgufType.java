package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Packing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The types that a GGUF file's tensors may have, by their numbers. Source: enum ggml_type in ggml.h, gguf@0.19.0. */
final class GgufType {
    private static final Map<Integer, DType> PLAIN = new TreeMap<>(Map.of(
            0, DType.FLOAT32,
            1, DType.FLOAT16,
            24, DType.INT8,
            25, DType.INT16,
            26, DType.INT32,
            27, DType.INT64,
            28, DType.FLOAT64,
            30, DType.BFLOAT16));

    private static final Map<Integer, Packing> PACKED = new TreeMap<>(Map.of(
            2, Packing.Q4_0,
            3, Packing.Q4_1,
            6, Packing.Q5_0,
            7, Packing.Q5_1,
            8, Packing.Q8_0,
            10, Packing.Q2_K,
            11, Packing.Q3_K,
            12, Packing.Q4_K,
            13, Packing.Q5_K,
            14, Packing.Q6_K));

    private static final Map<Integer, String> UNREAD = Map.ofEntries(
            Map.entry(9, "Q8_1"),
            Map.entry(15, "Q8_K"),
            Map.entry(16, "IQ2_XXS"),
            Map.entry(17, "IQ2_XS"),
            Map.entry(18, "IQ3_XXS"),
            Map.entry(19, "IQ1_S"),
            Map.entry(20, "IQ4_NL"),
            Map.entry(21, "IQ3_S"),
            Map.entry(22, "IQ2_S"),
            Map.entry(23, "IQ4_XS"),
            Map.entry(29, "IQ1_M"),
            Map.entry(34, "TQ1_0"),
            Map.entry(35, "TQ2_0"),
            Map.entry(39, "MXFP4"),
            Map.entry(40, "NVFP4"),
            Map.entry(41, "Q1_0"));

    private GgufType() {}

    /**
     * The type of a number, of no dimensions yet.
     *
     * @param what names file and tensor
     * @throws WeightsException if it is not read
     */
    static TensorInfo of(int number, String what) {
        Packing packing = PACKED.get(number);
        if (packing != null) {
            return new TensorInfo(DType.FLOAT32, List.of(), packing);
        }
        DType plain = PLAIN.get(number);
        if (plain != null) {
            return new TensorInfo(plain, List.of());
        }
        List<String> known = new ArrayList<>();
        PLAIN.values().forEach(type -> known.add(type.safetensorsName()));
        PACKED.values().forEach(type -> known.add(type.name()));
        String name = UNREAD.get(number);
        throw new WeightsException(what + ": type must be one of " + String.join(", ", known) + ", is number "
                + Integer.toUnsignedString(number) + (name == null ? "" : ", " + name)
                + "; fetch the model in another of its quantizations");
    }
}
