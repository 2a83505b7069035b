package io.bottleneck4j.torch.io;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a model asks for, held against what a source has.
 *
 * @param component named in messages, as {@code transformer}
 * @param missing keys the model asks for and the source lacks
 * @param unexpected keys the source has and the model does not ask for
 * @param misshapen keys whose shapes differ, with both shapes
 */
public record WeightsReport(String component, List<String> missing, List<String> unexpected, List<String> misshapen) {
    private static final int SHOWN = 5;

    /** Copies the lists. */
    public WeightsReport {
        missing = List.copyOf(missing);
        unexpected = List.copyOf(unexpected);
        misshapen = List.copyOf(misshapen);
    }

    /** Compares names and shapes; no values are read. */
    public static WeightsReport of(String component, TensorSource source, Function<Weights, ?> model) {
        Map<String, TensorInfo> found = source.infos();
        Map<String, List<Long>> asked = Weights.blueprint(found, model);
        List<String> missing = new ArrayList<>();
        List<String> misshapen = new ArrayList<>();
        asked.forEach((key, shape) -> {
            TensorInfo info = found.get(key);
            if (info == null) {
                missing.add(key);
            } else if (!info.shape().equals(shape)) {
                misshapen.add(key + " is " + info.shape() + ", config.json asks for " + shape);
            }
        });
        List<String> unexpected =
                found.keySet().stream().filter(key -> !asked.containsKey(key)).toList();
        return new WeightsReport(component, missing, unexpected, misshapen);
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
        describe(parts, "of another shape", misshapen);
        throw new WeightsException(component + ": weights do not fit config.json: " + String.join("; ", parts)
                + "; check that both come from the same model");
    }

    private static void describe(List<String> parts, String what, List<String> keys) {
        if (!keys.isEmpty()) {
            String shown = String.join(", ", keys.subList(0, Math.min(SHOWN, keys.size())));
            String more = keys.size() > SHOWN ? " and " + (keys.size() - SHOWN) + " more" : "";
            parts.add(keys.size() + " " + what + " (" + shown + more + ")");
        }
    }
}
