package io.bottleneck4j.cli.options;

import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.FasterType;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Processors;
import io.bottleneck4j.torch.Quantization;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a model runs, and in which type. */
public class DeviceOptions extends ModelParts {
    @Option(
            names = "--dtype",
            paramLabel = "D",
            converter = Dtype.Words.class,
            completionCandidates = Dtype.Words.class)
    public @Nullable Dtype dtype;

    @Option(
            names = "--quantize",
            paramLabel = "Q",
            converter = Word.OfQuantization.class,
            completionCandidates = Word.OfQuantization.class)
    public @Nullable Quantization quantization;

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

    /**
     * Sets the threads, where some are asked for, and chooses device and type; what is stored by {@code --from-png}
     * holds where no option is given.
     *
     * @param notes is told what was measured to choose the type
     */
    public Execution choose(
            Model model, Settings.@Nullable Origin stored, Surroundings surroundings, JobListener notes) {
        Device where = device(device != null ? device : stored == null ? "auto" : stored.device());
        return choose(where, model, stored, surroundings, notes);
    }

    /** The same on a device that is chosen already. */
    public Execution choose(
            Device where, Model model, Settings.@Nullable Origin stored, Surroundings surroundings, JobListener notes) {
        Integer count = threads != null ? threads : stored == null ? null : Integer.valueOf(stored.threads());
        Dtype type = dtype != null ? dtype : stored == null ? Dtype.AUTO : Dtype.parse(stored.dtype());
        if (count != null) {
            Libtorch.setThreads(count);
        }
        CpuFeatures cpu = CpuFeatures.detect();
        return requireFast(
                Execution.choose(
                                where,
                                type.wanted,
                                model.storedType(),
                                cpu,
                                () -> new FasterType(surroundings.cache(), notes).of(model))
                        .quantized(model, quantization(stored)),
                cpu);
    }

    private @Nullable Quantization quantization(Settings.@Nullable Origin stored) {
        return quantization != null || stored == null ? quantization : stored.quantization();
    }

    /** Products of 8 bits need a processor that has them: without, they would come out the same, and slower than no quantization. */
    static Execution requireFast(Execution execution, CpuFeatures cpu) {
        if (execution.quantization() == Quantization.INT8 && !cpu.hasInt8()) {
            throw new IllegalArgumentException("quantize: int8 needs a processor with VNNI or AMX, and "
                    + Processors.name() + " shows neither; use " + Quantization.INT8_WEIGHTS);
        }
        return execution;
    }

    /** The device of a name, or the best there is for {@code auto}. */
    public static Device device(String name) {
        if (name.equals("auto")) {
            return Execution.bestDevice();
        }
        return Device.parse(name).requireAvailable();
    }
}
