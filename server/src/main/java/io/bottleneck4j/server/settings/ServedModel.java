package io.bottleneck4j.server.settings;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Residency;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A model that is served. */
public final class ServedModel {
    private static final int MOST_KEPT = 32;

    private final String name;
    private final Model model;
    private final List<Execution> executions;
    private final @Nullable Residency residency;
    private final Map<String, Path> loras;

    /** With LoRAs added, by their scales: to read a file and hold it against the model takes as long as the file is large. */
    private final Map<List<Map.Entry<String, Double>>, Model> withLoras = new ConcurrentHashMap<>();

    /**
     * Checks that each LoRA fits.
     *
     * @param name in requests
     * @param executions where it runs: one a device; a worker beyond them takes the last
     * @param residency how long its components stay in memory; null for what fits
     * @param loras files that requests may add, by name; no request names a path
     */
    ServedModel(
            String name,
            Model model,
            List<Execution> executions,
            @Nullable Residency residency,
            Map<String, Path> loras) {
        this.name = name;
        this.model = model;
        this.executions = List.copyOf(executions);
        this.residency = residency;
        this.loras = Map.copyOf(loras);
        if (executions.isEmpty()) {
            throw new IllegalArgumentException("execution: a model that is served runs somewhere; give one");
        }
        loras.keySet().forEach(lora -> with(Map.of(lora, 1.0)));
    }

    public String name() {
        return name;
    }

    public Model model() {
        return model;
    }

    /** Where it runs: one a device. */
    public List<Execution> executions() {
        return executions;
    }

    /** How long its components stay in memory; null for what fits. */
    public @Nullable Residency residency() {
        return residency;
    }

    /** Files that requests may add, by name. */
    public Map<String, Path> loras() {
        return loras;
    }

    /**
     * The model with some of its LoRAs, in their order.
     *
     * @param scales by name, each one of {@link #loras}
     */
    public Model with(Map<String, Double> scales) {
        List<Map.Entry<String, Double>> inOrder = scales.entrySet().stream()
                .map(lora -> Map.entry(lora.getKey(), lora.getValue()))
                .toList();
        Model known = withLoras.get(inOrder);
        if (known != null) {
            return known;
        }
        Model with = model;
        for (Map.Entry<String, Double> lora : inOrder) {
            with = with.withLora(Objects.requireNonNull(loras.get(lora.getKey())), lora.getValue());
        }
        if (withLoras.size() >= MOST_KEPT) {
            withLoras.clear(); // scales are the clients' to choose
        }
        withLoras.put(inOrder, with);
        return with;
    }

    /** Where a worker runs it. */
    public Execution execution(int worker) {
        return executions.get(Math.min(worker, executions.size() - 1));
    }

    /** Whether it makes videos, else pictures. */
    public boolean makesVideos() {
        return model.kind() == Model.Kind.VIDEO;
    }
}
