package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Packing;
import io.bottleneck4j.torch.Quantization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What a model asks for, held against what a source has.
 *
 * @param component named in messages, as {@code transformer}
 * @param missing keys the model asks for and the source lacks
 * @param unexpected keys the source has and the model does not ask for
 * @param misshapen keys whose shapes or types differ, with both
 * @param leftOut keys of the larger model that the source also holds; they are no damage
 */
public record WeightsReport(
        String component, List<String> missing, List<String> unexpected, List<String> misshapen, List<String> leftOut) {

    private static final String FLOATS = "floating-point; read are also " + Packing.safetensorsNames()
            + ", GGUF, and whole numbers in a folder that bottleneck4j's quantize wrote";

    /** Copies the lists. */
    public WeightsReport {
        missing = List.copyOf(missing);
        unexpected = List.copyOf(unexpected);
        misshapen = List.copyOf(misshapen);
        leftOut = List.copyOf(leftOut);
    }

    /** Compares names and shapes; no values are read. */
    public static WeightsReport of(String component, TensorSource source, Function<Weights, ?> model) {
        return of(component, source, Quantization.NONE, model);
    }

    /** The same of a source whose layers are quantized. */
    public static WeightsReport of(
            String component, TensorSource source, Quantization stored, Function<Weights, ?> model) {
        Map<String, TensorInfo> found = source.infos();
        Map<String, TensorInfo> asked = Weights.blueprint(found, DType.FLOAT32, stored, model);
        List<String> missing = new ArrayList<>();
        List<String> misshapen = new ArrayList<>();
        asked.forEach((key, wanted) -> {
            TensorInfo info = found.get(key);
            if (info == null) {
                missing.add(key);
            } else if (!info.shape().equals(wanted.shape())) {
                misshapen.add(key + " is " + info.shape() + ", config.json asks for " + wanted.shape());
            } else if (!fits(info.dtype(), wanted.dtype())) {
                misshapen.add(key + " is " + info.dtype() + ", not "
                        + (wanted.dtype().isFloatingPoint() ? FLOATS : wanted.dtype()));
            }
        });
        List<String> unexpected =
                found.keySet().stream().filter(key -> !asked.containsKey(key)).toList();
        return new WeightsReport(component, missing, unexpected, misshapen, source.leftOut());
    }

    private static boolean fits(DType found, DType wanted) {
        return wanted.isFloatingPoint() ? found != DType.INT8 && found != DType.UINT8 : found == wanted;
    }

    /** What a user should know although the weights fit: which parts of a larger model were left out; empty if none were. */
    public List<String> notes() {
        if (leftOut.isEmpty()) {
            return List.of();
        }
        Set<String> parts = new TreeSet<>();
        leftOut.forEach(key -> parts.add(key.replaceFirst("\\..*", "")));
        return List.of(component + ": its weights are those of a larger model; left out " + leftOut.size()
                + (leftOut.size() == 1 ? " tensor" : " tensors") + " that this part has no use for ("
                + Excerpt.list(parts)
                + ")");
    }

    /** Whether the weights are those the configuration describes. */
    public boolean isComplete() {
        return missing.isEmpty() && unexpected.isEmpty() && misshapen.isEmpty();
    }

    /**
     * Does nothing if the weights are those the configuration describes.
     *
     * @throws WeightsException naming what is missing, unexpected or misshapen
     */
    public void requireComplete() {
        if (isComplete()) {
            return;
        }
        List<String> parts = new ArrayList<>();
        describe(parts, "missing", missing);
        describe(parts, "unexpected", unexpected);
        describe(parts, "of another shape or type", misshapen);
        throw new WeightsException(component + ": weights do not fit config.json: " + String.join("; ", parts)
                + "; check that both come from the same model");
    }

    private static void describe(List<String> parts, String what, List<String> keys) {
        if (!keys.isEmpty()) {
            parts.add(keys.size() + " " + what + " (" + Excerpt.list(keys) + ")");
        }
    }
}
