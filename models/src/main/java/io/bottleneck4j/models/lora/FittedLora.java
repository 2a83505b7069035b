package io.bottleneck4j.models.lora;

import java.util.List;
import java.util.Map;

/**
 * A LoRA that was held against a model: what it adds to which of its weights. Immutable; the matrices stay in the file.
 *
 * @param file where it lies
 * @param scale that all it adds was multiplied by
 * @param partial whether what does not fit might be left out
 * @param updates what it adds, by component
 * @param note for the user: how much of it is applied
 */
public record FittedLora(
        LoraFile file, double scale, boolean partial, Map<String, List<LowRank>> updates, String note) {
    /** Copies the map. */
    public FittedLora {
        updates = Map.copyOf(updates);
    }

    List<LowRank> of(String component) {
        return updates.getOrDefault(component, List.of());
    }
}
