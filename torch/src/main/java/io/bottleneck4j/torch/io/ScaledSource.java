package io.bottleneck4j.torch.io;

import static io.bottleneck4j.torch.io.Excerpt.quoted;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.ScaledRows;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A source in which weights of 8-bit floats are multiplied by the scales that lie beside them. A scale is one number, or one for each row.
 *
 * <p>Read are ComfyUI's {@code KEY.scale_weight}, with its marker {@code scaled_fp8}, and the {@code KEY.weight_scale} of ModelOpt and of
 * newer ComfyUI, with its {@code KEY.comfy_quant}. Scales of inputs ({@code KEY.scale_input}, {@code KEY.input_scale}) are for products of
 * 8 bits, which are not made here: inputs stay as they are, and the scales are no part of the model. Source: comfy/utils.py and
 * comfy/ops.py of ComfyUI@0.3.60, QUANTIZATION.md of ComfyUI.
 */
public final class ScaledSource implements TensorSource {
    private static final String WEIGHT = ".weight";
    private static final List<String> SCALES = List.of(".scale_weight", ".weight_scale");
    private static final List<String> LEFT_OUT = List.of(".scale_input", ".input_scale", ".comfy_quant");
    /** Layouts of weights that are not read: a scale for each block of values, or two. */
    private static final List<String> UNREAD = List.of(".weight_scale_inv", ".weight_scale_2");

    private static final String MARKER = "scaled_fp8";

    private final TensorSource source;
    private final Map<String, String> scales; // name of a scale by name of a weight
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

    private ScaledSource(TensorSource source, Map<String, String> scales, Set<String> hidden) {
        this.source = source;
        this.scales = scales;
        source.infos().forEach((name, info) -> {
            if (!hidden.contains(name)) {
                infos.put(name, info);
            }
        });
    }

    /**
     * The source with scales taken in; the very same where there are none.
     *
     * @throws WeightsException if scales are of a layout that is not read; the source is closed then
     */
    public static TensorSource over(TensorSource source) {
        Map<String, TensorInfo> stored = source.infos();
        Map<String, String> scales = new TreeMap<>();
        Map<String, String> hidden = new TreeMap<>(); // with what hides it
        try {
            stored.forEach((name, info) -> {
                if (name.equals(MARKER) || name.endsWith("." + MARKER)) {
                    hidden.put(name, name);
                } else if (isFloat8(info) && name.endsWith(WEIGHT)) {
                    String layer = name.substring(0, name.length() - WEIGHT.length());
                    requireRead(layer, stored);
                    scale(layer, info, stored).ifPresent(scale -> {
                        scales.put(name, scale);
                        hidden.put(scale, name);
                    });
                    LEFT_OUT.stream()
                            .map(layer::concat)
                            .filter(stored::containsKey)
                            .forEach(extra -> hidden.put(extra, name));
                }
            });
        } catch (WeightsException e) {
            source.close();
            throw e;
        }
        return hidden.isEmpty() ? source : new ScaledSource(source, scales, hidden.keySet());
    }

    private static boolean isFloat8(TensorInfo info) {
        return info.packing() != null && info.packing().isFloat8();
    }

    private static void requireRead(String layer, Map<String, TensorInfo> stored) {
        for (String unread : UNREAD) {
            if (stored.containsKey(layer + unread)) {
                throw refused(layer + unread + ": is of a layout that bottleneck4j does not read");
            }
        }
    }

    private static Optional<String> scale(String layer, TensorInfo weight, Map<String, TensorInfo> stored) {
        List<String> found =
                SCALES.stream().map(layer::concat).filter(stored::containsKey).toList();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        if (found.size() > 1) {
            throw refused(layer + WEIGHT + ": must have one scale, has " + Excerpt.listed(found));
        }
        TensorInfo info = stored.getOrDefault(found.get(0), weight);
        long rows = weight.shape().isEmpty() ? 1 : weight.shape().get(0);
        boolean fits = info.numel() == 1
                || info.shape().equals(List.of(rows))
                || (info.shape().size() == weight.shape().size()
                        && info.shape().get(0) == rows
                        && info.numel() == rows);
        if (!fits || info.packing() != null || !info.dtype().isFloatingPoint()) {
            throw refused(found.get(0) + ": must be one number, or one for each of the " + rows + " rows of "
                    + quoted(layer + WEIGHT) + ", is " + info.type() + info.shape());
        }
        return Optional.of(found.get(0));
    }

    private static WeightsException refused(String what) {
        return new WeightsException("weights: " + what
                + "; read are F8_E4M3 and F8_E5M2 as they are, or with one scale or one for each row, as ComfyUI's"
                + " scaled_fp8 and ModelOpt's FP8: convert the file to one of these or to bfloat16");
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public List<String> leftOut() {
        return source.leftOut();
    }

    @Override
    public Tensor tensor(String name) {
        requireShown(name);
        return scales.containsKey(name)
                ? Scope.scoped(() -> scaled(name).unpacked(DType.FLOAT32))
                : source.tensor(name);
    }

    @Override
    public Tensor copy(String name) {
        requireShown(name);
        return scales.containsKey(name)
                ? Scope.scoped(() -> scaled(name).copy().unpacked(DType.FLOAT32))
                : source.copy(name);
    }

    @Override
    public Tensor copy(String name, long first, long count) {
        requireShown(name);
        return scales.containsKey(name)
                ? Scope.scoped(() -> scaled(name).rows(first, count).copy().unpacked(DType.FLOAT32))
                : source.copy(name, first, count);
    }

    @Override
    public Optional<PackedTensor> packed(String name) {
        requireShown(name);
        return scales.containsKey(name) ? Optional.of(scaled(name)) : source.packed(name);
    }

    private void requireShown(String name) {
        if (!infos.containsKey(name)) {
            throw new WeightsException("weights: there is no tensor " + quoted(name));
        }
    }

    private PackedTensor scaled(String name) {
        PackedTensor stored =
                source.packed(name).orElseThrow(() -> new IllegalStateException(name + ": is not packed"));
        Tensor scale = Scope.scoped(() ->
                source.tensor(scales.getOrDefault(name, name)).to(DType.FLOAT32).view(-1));
        return new ScaledRows(stored, scale);
    }

    @Override
    public void close() {
        source.close();
    }
}
