package io.bottleneck4j.server.settings;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Residency;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model that is served.
 *
 * @param name in requests
 * @param executions where it runs: one a device; a worker beyond them takes the last
 * @param residency how long its components stay in memory; null for what fits
 * @param loras files that requests may add, by name; no request names a path
 */
public record ServedModel(
        String name,
        Model model,
        List<Execution> executions,
        @Nullable Residency residency,
        Map<String, Path> loras) {
    public ServedModel {
        executions = List.copyOf(executions);
        loras = Map.copyOf(loras);
        if (executions.isEmpty()) {
            throw new IllegalArgumentException("execution: a model that is served runs somewhere; give one");
        }
        loras.values().forEach(file -> model.withLora(file, 1)); // one that does not fit is told now
    }

    /** Where a worker runs it. */
    public Execution execution(int worker) {
        return executions.get(Math.min(worker, executions.size() - 1));
    }

    /** What it makes. */
    public boolean makesVideos() {
        return model.kind() == Model.Kind.VIDEO;
    }
}
