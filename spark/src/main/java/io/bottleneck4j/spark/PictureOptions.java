package io.bottleneck4j.spark;

import io.bottleneck4j.batch.FileTypes;
import io.bottleneck4j.batch.RowDefaults;
import io.bottleneck4j.bundle.Bundle;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.FasterType;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What rows leave out, as it is sent to the executors. Null leaves a value to the model.
 *
 * @param model of rows that name none
 * @param dtype null for one that does not depend on how fast a machine is
 * @param fileType of pictures; null for png
 */
record PictureOptions(
        String model,
        @Nullable String plan,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Integer frames,
        @Nullable Integer fps,
        List<String> loras,
        @Nullable Long seed,
        @Nullable String negativePrompt,
        @Nullable Double guidance,
        @Nullable Double trueCfgScale,
        @Nullable Integer maxSequenceLength,
        @Nullable String dtype,
        @Nullable Quantization quantization,
        @Nullable String fileType,
        @Nullable Integer quality)
        implements Serializable {
    private static final String AUTO = "auto";

    PictureOptions {
        loras = List.copyOf(loras);
        type(dtype);
        if (quality != null && (quality < 0 || quality > 100)) {
            throw new IllegalArgumentException("quality: must be between 0 and 100, not " + quality);
        }
        if (fileType != null) {
            FileTypes.require(fileType);
        }
    }

    /**
     * The same for the batch code.
     *
     * @param folder that relative files lie in
     * @param with LoRAs
     */
    RowDefaults defaults(Path folder, List<String> with) {
        return new RowDefaults(
                folder,
                plan,
                width,
                height,
                frames,
                fps,
                with,
                seed,
                negativePrompt,
                guidance,
                trueCfgScale,
                maxSequenceLength);
    }

    /** Of the files that a model makes. */
    String ending(Model model) {
        return FileTypes.of(model, fileType);
    }

    /**
     * In which type a model runs on a device. Where nothing is asked for, it is one that every machine of a kind chooses alike: what is
     * faster is measured, and two executors might choose otherwise and draw otherwise.
     */
    Execution execution(Model model, Device device, JobListener notes) {
        return Execution.choose(
                        device,
                        type(dtype),
                        model.storedType(),
                        CpuFeatures.detect(),
                        () -> AUTO.equals(dtype)
                                ? new FasterType(Bundle.cacheDirectory(), notes).of(model)
                                : DType.FLOAT32)
                .quantized(model, quantization);
    }

    private static @Nullable DType type(@Nullable String dtype) {
        if (dtype == null || dtype.equals(AUTO)) {
            return null;
        }
        for (DType type : List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)) {
            if (type.name().toLowerCase(Locale.ROOT).equals(dtype)) {
                return type;
            }
        }
        throw new IllegalArgumentException("dtype: must be auto, float32, bfloat16 or float16, not '" + dtype + "'");
    }
}
