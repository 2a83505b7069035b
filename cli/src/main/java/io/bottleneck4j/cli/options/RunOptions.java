package io.bottleneck4j.cli.options;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model runs, and where. */
public final class RunOptions {
    @Option(names = "--model", paramLabel = "M")
    public @Nullable String model;

    @Option(
            names = "--dtype",
            paramLabel = "D",
            converter = Dtype.Words.class,
            completionCandidates = Dtype.Words.class)
    public @Nullable Dtype dtype;

    @Option(names = "--device", paramLabel = "D")
    public @Nullable String device;

    @Option(names = "--threads", paramLabel = "T")
    public @Nullable Integer threads;

    @Option(names = "--offload")
    public boolean offload;

    /** What stays in memory: what fits, or less where that is asked for. */
    public Residency residency(Model model, Execution execution) {
        return offload ? Residency.STREAM : Residency.fitting(model, execution);
    }

    /** The model's name: the option, else what a file states, else the bundled model. */
    public String modelName(@Nullable Settings stored) {
        return model != null ? model : stored != null ? stored.origin().model() : ModelChoice.BUNDLED;
    }

    /**
     * Sets the threads, where some are asked for, and chooses device and type; what is stored by {@code --from-png}
     * holds where no option is given.
     */
    public Execution choose(Model model, Settings.@Nullable Origin stored) {
        Integer count = threads != null ? threads : stored == null ? null : Integer.valueOf(stored.threads());
        Dtype type = dtype != null ? dtype : stored == null ? Dtype.AUTO : Dtype.parse(stored.dtype());
        Device where = device(device != null ? device : stored == null ? "auto" : stored.device());
        if (count != null) {
            Libtorch.setThreads(count);
        }
        return Execution.choose(where, type.wanted, model.storedType(), CpuFeatures.detect());
    }

    /** The device of a name, or the best there is for {@code auto}. */
    public static Device device(String name) {
        if (name.equals("auto")) {
            return Execution.bestDevice();
        }
        return Device.parse(name).requireAvailable();
    }
}
