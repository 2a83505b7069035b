package io.bottleneck4j.spark;

import io.bottleneck4j.batch.PromptRow;
import io.bottleneck4j.batch.RowDefaults;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.torch.Quantization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkFiles;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Dataset of prompts to a Dataset of pictures or videos, on Spark's executors.
 *
 * <pre>{@code
 * Dataset<Row> pictures = Pictures.of("/shared/FLUX.1-schnell").plan("x3").size(1024, 1024).generate(prompts);
 * pictures.write().parquet("s3a://bucket/pictures");
 * }</pre>
 *
 * <p>Columns that are read: id and prompt, which must be there, and negative_prompt, seed, width, height, frames, plan, model, lora,
 * init_image, mask, strength, guidance and true_cfg_scale; a null leaves it to what is set here, and that to the model. Other columns go
 * along in {@code extra}. A row that is wrong or fails has an {@code error} and no {@code image}. A row's seed, where it has none and
 * none is set here, comes from its id.
 *
 * <p>Each executor loads one model, or one a GPU that Spark gives its tasks, and uses it for one task at a time, with as many threads as a
 * task has cores.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Pictures {
    private static final Logger LOG = LoggerFactory.getLogger(Pictures.class);

    private final String model;
    private final List<String> loras = new ArrayList<>();
    private @Nullable String plan;
    private @Nullable Integer width;
    private @Nullable Integer height;
    private @Nullable Integer frames;
    private @Nullable Integer fps;
    private @Nullable Long seed;
    private @Nullable String negativePrompt;
    private @Nullable Double guidance;
    private @Nullable Double trueCfgScale;
    private @Nullable Integer maxSequenceLength;
    private @Nullable String dtype;
    private @Nullable Quantization quantization;
    private @Nullable String fileType;
    private @Nullable Integer quality;

    private Pictures(String model) {
        this.model = model;
    }

    /**
     * By a model.
     *
     * @param model of rows that name none: {@code emoji-flux}, whose jar is then among the job's; a folder or file on a disk that every
     *     executor reads; a folder that was sent with {@code --archives}; or {@code org/name} in each machine's Hugging Face cache
     */
    public static Pictures of(String model) {
        return new Pictures(model);
    }

    /** The columns that {@link #generate} returns. */
    public static StructType schema() {
        return Columns.MADE;
    }

    /** A plan's name, with a cache as {@code x3+taylor}, or a plan file that every executor reads. Default: the model's. */
    public Pictures plan(String name) {
        plan = name;
        return this;
    }

    /** Pixels. Default: the model's. */
    public Pictures size(int pixelsWide, int pixelsHigh) {
        return width(pixelsWide).height(pixelsHigh);
    }

    /** Pixels; the height is the model's unless it is set too. */
    public Pictures width(int pixels) {
        width = pixels;
        return this;
    }

    /** Pixels; the width is the model's unless it is set too. */
    public Pictures height(int pixels) {
        height = pixels;
        return this;
    }

    /** Frames of a video. */
    public Pictures frames(int count) {
        frames = count;
        return this;
    }

    /** Frames a second of a video. */
    public Pictures fps(int framesASecond) {
        fps = framesASecond;
        return this;
    }

    /** Adds a LoRA of rows that name none: a file that every executor reads, with a scale as in {@code pixel-art.safetensors:0.8}. */
    public Pictures lora(String file) {
        loras.add(file);
        return this;
    }

    /** The seed of rows that have none, 64 bits without a sign. Default: one that the row's id gives. */
    public Pictures seed(long value) {
        seed = value;
        return this;
    }

    /** What to steer away from; needs a {@link #trueCfgScale} above 1. */
    public Pictures negativePrompt(String text) {
        negativePrompt = text;
        return this;
    }

    /** Embedded guidance. */
    public Pictures guidance(double value) {
        guidance = value;
        return this;
    }

    /** Classifier-free guidance with a second forward a step; 1 is off. */
    public Pictures trueCfgScale(double scale) {
        trueCfgScale = scale;
        return this;
    }

    /** Tokens of the longer text encoder. */
    public Pictures maxSequenceLength(int tokens) {
        maxSequenceLength = tokens;
        return this;
    }

    /**
     * float32, bfloat16, float16, or auto: the faster on each executor, as measured there once; executors of unlike machines may then draw
     * unlike pictures. Default: bfloat16 on a GPU, float32 on a CPU.
     */
    public Pictures dtype(String word) {
        dtype = word;
        options();
        return this;
    }

    /** int8, int8-weights or int4-weights: the blocks' weights in fewer bits. Default: as the model's files are. */
    public Pictures quantize(String word) {
        quantization = Quantization.parse(word);
        return this;
    }

    /** png, jpg or webp. Default: png; videos are mp4. */
    public Pictures fileType(String type) {
        fileType = type;
        options();
        return this;
    }

    /** How much of each jpg or webp is kept, from 0 to 100. Default: 95 of jpg, 90 of webp. */
    public Pictures quality(int percent) {
        quality = percent;
        options();
        return this;
    }

    private PictureOptions options() {
        return new PictureOptions(
                model,
                plan,
                width,
                height,
                frames,
                fps,
                loras,
                seed,
                negativePrompt,
                guidance,
                trueCfgScale,
                maxSequenceLength,
                dtype,
                quantization,
                fileType,
                quality);
    }

    /**
     * A picture or video of each row, in the rows' order; nothing is made before an action asks for it. An action that asks twice makes
     * them twice: write them, and read what was written.
     *
     * <p>What is wrong with the options is told here, as far as this machine can read the model too; else by the first task, which fails
     * the job.
     *
     * @throws IllegalArgumentException if a column is missing or of another type, or an option is wrong
     */
    public Dataset<Row> generate(Dataset<Row> prompts) {
        PictureOptions options = options();
        String corrupt = prompts.sparkSession().conf().get("spark.sql.columnNameOfCorruptRecord");
        MapPartitionsFunction<Row, Row> rows = new RowsOfPartition(options, Columns.of(prompts.schema(), corrupt));
        for (String column : prompts.columns()) {
            String likely = PromptRow.COLUMNS.contains(PromptRow.column(column)) ? null : PromptRow.likely(column);
            if (likely != null) {
                LOG.warn("column '{}': is not read; did you mean '{}'?", column, likely);
            }
        }
        Model here = here();
        if (here != null) {
            requireSound(options, here);
        }
        return prompts.mapPartitions(rows, Encoders.row(Columns.MADE));
    }

    /** The model, if this machine can read it. */
    private @Nullable Model here() {
        try {
            return ModelPlace.open(model, Path.of(SparkFiles.getRootDirectory()));
        } catch (IOException | IllegalArgumentException e) {
            LOG.info("plan and sizes are checked by the first task, not here: {}", WholeFile.message(e));
            return null;
        }
    }

    /** LoRAs may be where only executors read them. */
    private static void requireSound(PictureOptions options, Model model) {
        options.ending(model);
        RowDefaults without = options.defaults(Path.of(SparkFiles.getRootDirectory()), List.of());
        try {
            without.requests(model, plan -> model.tell(plan, RowsOfPartition.NOTES))
                    .requireSound();
        } catch (IOException e) {
            throw new IllegalArgumentException(WholeFile.message(e), e);
        }
    }
}
