package io.bottleneck4j.cli.options;

import io.bottleneck4j.pipeline.Settings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model runs, and where. */
public class RunOptions extends DeviceOptions {
    @Option(names = "--model", paramLabel = "M")
    public @Nullable String model;

    /** The model's name: the option, else what a file states, else the bundled model; with the files that are named beside it. */
    public String modelName(@Nullable Settings stored) {
        String name = model != null ? model : stored != null ? stored.origin().model() : ModelChoice.BUNDLED;
        return named(name);
    }
}
