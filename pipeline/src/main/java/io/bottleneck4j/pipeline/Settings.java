package io.bottleneck4j.pipeline;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Grid;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.lora.FittedLora;
import io.bottleneck4j.models.media.PictureText;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoSettings;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Quantization;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * How a picture or video was made, as its file stores it: enough to make it again, bit for bit on the same machine. It holds no times, so
 * that making it again gives the same file.
 *
 * @param trueCfgScale 1 for none
 * @param guidance embedded guidance
 * @param seed 64 bits without a sign
 * @param plan stages in pixels, with the shifts that were used, and its rules; one that leaves the solver to the model has Euler's, as all had
 *     before there was a choice
 * @param maxSequenceLength tokens of the longer text encoder
 * @param origin what made it
 * @param video what only a video has; null of a picture
 * @param start the picture it was made from; null of text alone
 * @param trueCfgScale2 of the second of two transformers, where it is another
 */
public record Settings(
        String prompt,
        String negativePrompt,
        double trueCfgScale,
        double guidance,
        long seed,
        PlanSpec plan,
        int maxSequenceLength,
        Origin origin,
        Request.@Nullable Video video,
        @Nullable Start start,
        OptionalDouble trueCfgScale2) {

    /** Names the solver. Written out, since javac leaves the annotations of a compact constructor's parameters out of the class. */
    public Settings(
            String prompt,
            String negativePrompt,
            double trueCfgScale,
            double guidance,
            long seed,
            PlanSpec plan,
            int maxSequenceLength,
            Origin origin,
            Request.@Nullable Video video,
            @Nullable Start start,
            OptionalDouble trueCfgScale2) {
        PlanRules rules = plan.rules();
        this.prompt = prompt;
        this.negativePrompt = negativePrompt;
        this.trueCfgScale = trueCfgScale;
        this.guidance = guidance;
        this.seed = seed;
        this.plan = rules.solver() == SolverChoice.MODEL ? plan.withRules(rules.with(SolverChoice.EULER)) : plan;
        this.maxSequenceLength = maxSequenceLength;
        this.origin = origin;
        this.video = video;
        this.start = start;
        this.trueCfgScale2 = trueCfgScale2;
    }

    /** Of text alone. */
    public Settings(
            String prompt,
            String negativePrompt,
            double trueCfgScale,
            double guidance,
            long seed,
            PlanSpec plan,
            int maxSequenceLength,
            Origin origin,
            Request.@Nullable Video video) {
        this(
                prompt,
                negativePrompt,
                trueCfgScale,
                guidance,
                seed,
                plan,
                maxSequenceLength,
                origin,
                video,
                null,
                OptionalDouble.empty());
    }

    /**
     * The picture that one was made from.
     *
     * @param mask where it might change; null for everywhere
     * @param strength in (0, 1]; the plan stands whole in the settings
     */
    @API(status = API.Status.EXPERIMENTAL)
    public record Start(InputFile image, @Nullable InputFile mask, double strength) {}

    /**
     * A file that was read.
     *
     * @param path as the user wrote it
     * @param sha256 of its bytes, 64 hexadecimal digits
     */
    @API(status = API.Status.EXPERIMENTAL)
    public record InputFile(String path, String sha256) {}

    /** The PNG text chunk of a picture, and of a video's first numbered frame, that {@link #toJson} is stored under. */
    public static final String PICTURE_KEY = "bottleneck4j";

    /** The text of a video's container that it is stored under; every format has it. */
    public static final String VIDEO_KEY = "comment";

    /** The text of a container that players show. */
    public static final String TITLE = "title";

    private static final String VERSION = Family.resource("version.txt").strip();

    /**
     * The program and machine that made a picture.
     *
     * @param version of bottleneck4j
     * @param model as the user named it
     * @param dtype such as bfloat16
     * @param quantization of the weights
     * @param device such as cpu or cuda:0
     * @param threads on the CPU
     * @param libtorch version of the native library
     * @param loras added to the model's weights, in their order
     */
    public record Origin(
            String version,
            String model,
            String dtype,
            Quantization quantization,
            String device,
            int threads,
            String libtorch,
            List<Lora> loras) {
        /** Copies the list. */
        public Origin {
            loras = List.copyOf(loras);
        }

        /** Without LoRAs. */
        public Origin(
                String version,
                String model,
                String dtype,
                Quantization quantization,
                String device,
                int threads,
                String libtorch) {
            this(version, model, dtype, quantization, device, threads, libtorch, List.of());
        }

        /** What a pipeline is, here and now. */
        static Origin of(Model model, Execution execution) {
            return new Origin(
                    Settings.version(),
                    model.name(),
                    execution.dtype().toString(),
                    execution.quantization(),
                    execution.device().toString(),
                    Libtorch.threads(),
                    Libtorch.version(),
                    model.loras());
        }

        /** What was computed in, as {@code bfloat16, int8-weights}. */
        public String precision() {
            return Execution.precision(dtype, quantization);
        }
    }

    /**
     * A LoRA that was added to a model's weights.
     *
     * @param file as the user named it
     * @param scale that it was added with
     * @param partial whether modules that do not fit might be left out
     * @param sha256 of the file, 64 hexadecimal digits
     * @param shortHash that Automatic1111 and Civitai (AutoV3) have for it, 12 hexadecimal digits
     */
    public record Lora(String file, double scale, boolean partial, String sha256, String shortHash) {
        static Lora of(FittedLora lora) {
            return new Lora(
                    lora.file().path().toString(),
                    lora.scale(),
                    lora.partial(),
                    lora.file().sha256(),
                    lora.file().shortHash());
        }

        /** The file's name without folders and ending, as {@code pixel-art}. */
        public String name() {
            return String.valueOf(Path.of(file).getFileName()).replaceFirst("\\.safetensors$", "");
        }

        @Override
        public String toString() {
            return file + ":" + scale + ", sha256 " + sha256;
        }
    }

    /** This library's version, as its build stated it. */
    public static String version() {
        return VERSION;
    }

    /** What a request is, stored. */
    public static Settings of(Request request, Origin origin) {
        StartPicture start = request.start();
        PlanSpec spec = request.wholePlan().spec();
        return new Settings(
                request.prompt(),
                request.negativePrompt(),
                request.trueCfgScale(),
                request.guidance(),
                request.seed(),
                spec.withRules(
                        spec.rules().with(SolverChoice.of(request.wholePlan().solver()))),
                request.maxSequenceLength(),
                origin,
                request.model().kind() == Model.Kind.VIDEO ? request.video() : null,
                start == null ? null : start.files(),
                request.trueCfgScale2());
    }

    /** What they are settings of. */
    public Model.Kind kind() {
        return video == null ? Model.Kind.PICTURE : Model.Kind.VIDEO;
    }

    /** Frames a second in playback; 0 of a picture. */
    public int fps() {
        return video == null ? 0 : video.fps();
    }

    /**
     * Reads back what {@link #toJson} wrote.
     *
     * @param kind what it was written for; a picture's settings are none of a video's
     * @throws IllegalArgumentException if the text is not that, or was written by a version with other settings
     */
    public static Settings parse(Model.Kind kind, String json) {
        return StrictJson.read(FileJson.class, "settings", json).settings(kind);
    }

    /** One line of JSON; numbers are exact. What older versions do not know is there only where it is not the default. */
    public String toJson() {
        return StrictJson.write(FileJson.of(this));
    }

    /** All texts of the file: of a PNG also in Automatic1111's form, which picture viewers show; of a video its title. */
    public Map<String, String> texts() {
        return video == null
                ? Map.of(PICTURE_KEY, toJson(), A1111Parameters.KEY, A1111Parameters.text(this))
                : Map.of(VIDEO_KEY, toJson(), TITLE, prompt);
    }

    /**
     * The texts of what a request made. Where noise or a picture of a program's own decided it too, they do not make it again, and are
     * left out but for the prompt.
     */
    Map<String, String> texts(Request request) {
        if (request.isRepeatable()) {
            return texts();
        }
        if (video != null) {
            return Map.of(TITLE, prompt);
        }
        String text = A1111Parameters.text(this);
        return Map.of(
                A1111Parameters.KEY,
                request.hasOwnNoise() ? text.replaceFirst(", Seed: \\d+", ", Noise: own") : text + ", Init image: own");
    }

    /**
     * The settings among a file's texts, as {@link #texts} made them; null if there are none.
     *
     * @throws IllegalArgumentException if they are damaged
     */
    public static @Nullable Settings of(Map<String, String> texts) {
        String picture = texts.get(PICTURE_KEY);
        if (picture != null) {
            return parse(Model.Kind.PICTURE, picture);
        }
        String video = texts.get(VIDEO_KEY);
        return video == null ? null : parse(Model.Kind.VIDEO, video);
    }

    /**
     * The settings of a picture's or video's file, or of the JSON file beside a video; null if there are none.
     *
     * @throws IllegalArgumentException if they are damaged, or it is no such file
     * @throws IOException if it cannot be read
     */
    public static @Nullable Settings read(Path file, Model.Kind kind) throws IOException {
        String json = kind == Model.Kind.PICTURE ? PictureText.read(file).get(PICTURE_KEY) : VideoSettings.read(file);
        return json == null ? null : parse(kind, json);
    }

    /** Whether a file is there, whole, and was made with these settings, so that it need not be made again. */
    public boolean made(Path file) throws IOException {
        String json = toJson();
        if (kind() == Model.Kind.PICTURE) {
            try {
                return Files.isRegularFile(file)
                        && json.equals(PictureText.read(file).get(PICTURE_KEY));
            } catch (IllegalArgumentException e) {
                return false; // no picture, or a damaged one
            }
        }
        boolean frames = VideoFormat.of(file) == VideoFormat.PNG;
        Path last = frames ? VideoFormat.frame(file, plan.frames().orElse(1) - 1) : file;
        Path beside = VideoFormat.sidecar(file);
        return Files.isRegularFile(last)
                && Files.isRegularFile(beside)
                && json.equals(Files.readString(beside).strip());
    }

    /** A plan in its file form. */
    private record PlanJson(
            String name,
            @Nullable Integer frames,
            @Nullable Boolean renoise,
            @Nullable Boolean reshift,
            @Nullable String handover,
            @Nullable String grid,
            @Nullable String solver,
            @Nullable Double amplify,
            @Nullable Integer tile,
            List<StageJson> stages) {
        static PlanJson of(PlanSpec plan) {
            return new PlanJson(
                    plan.name(),
                    plan.frames().isPresent() ? plan.frames().getAsInt() : null,
                    plan.rules().renoise() ? null : false,
                    plan.rules().reshift() ? null : false,
                    plan.rules().handOver() == HandOver.DCT ? "dct" : null,
                    plan.rules().grid() == Grid.SCHEDULE
                            ? null
                            : plan.rules().grid().toString(),
                    plan.rules().solver() == SolverChoice.UNIPC ? "unipc" : null,
                    plan.rules().amplify() == 0 ? null : plan.rules().amplify(),
                    plan.rules().tile() == 0 ? null : plan.rules().tile(),
                    plan.stages().stream().map(StageJson::of).toList());
        }

        PlanSpec spec(String resampler, String rounding) {
            PlanRules rules = new PlanRules(
                    Resamplers.parse(resampler),
                    Rounding.parse(rounding),
                    handOver(),
                    reshift == null || reshift ? ShiftSource.STAGE : ShiftSource.MODEL,
                    grid == null ? Grid.SCHEDULE : Grid.parse(grid),
                    solver == null ? SolverChoice.EULER : SolverChoice.parse(solver),
                    amplify == null ? 0 : amplify,
                    tile == null ? 0 : tile);
            OptionalInt count = frames == null ? OptionalInt.empty() : OptionalInt.of(frames);
            return new PlanSpec(
                    name, count, stages.stream().map(StageJson::spec).toList(), rules, PlanSpec.Places.NONE);
        }

        private HandOver handOver() {
            if (handover == null) {
                return renoise == null || renoise ? HandOver.RENOISE : HandOver.AS_IS;
            }
            if (!handover.equals("dct") || renoise != null) {
                throw new IllegalArgumentException(
                        "settings: plan: handover: must be dct, without renoise, not '" + handover + "'");
            }
            return HandOver.DCT;
        }
    }

    private record StageJson(
            int width,
            int height,
            int steps,
            double strength,
            double shift,
            @Nullable Double until,
            @Nullable String cache) {
        static StageJson of(StageSpec stage) {
            return new StageJson(
                    stage.width(),
                    stage.height(),
                    stage.steps(),
                    stage.strength(),
                    stage.shift(),
                    stage.until() > 0 ? stage.until() : null,
                    stage.cache() == StepCache.NONE ? null : stage.cache().toString());
        }

        StageSpec spec() {
            StepCache read = cache == null ? StepCache.NONE : Caches.parse(cache);
            return new StageSpec(width, height, steps, strength, shift, until == null ? 0 : until, read);
        }
    }

    private record LoraJson(
            String file, double scale, @Nullable Boolean partial, String sha256, String shortHash) {
        static LoraJson of(Lora lora) {
            return new LoraJson(
                    lora.file(), lora.scale(), lora.partial() ? true : null, lora.sha256(), lora.shortHash());
        }

        Lora lora() {
            return new Lora(file, scale, partial != null && partial, sha256, shortHash);
        }
    }

    private record FileOf(String file, String sha256) {
        static @Nullable FileOf of(@Nullable InputFile input) {
            return input == null ? null : new FileOf(input.path(), input.sha256());
        }

        InputFile input() {
            return new InputFile(file, sha256);
        }
    }

    /** What a file holds; what only a video has is absent of a picture, and the template where it is the default. */
    @JsonPropertyOrder("version")
    private record FileJson(
            String prompt,
            String negativePrompt,
            double trueCfgScale,
            double guidance,
            BigInteger seed,
            PlanJson plan,
            String rounding,
            String resampler,
            int maxSequenceLength,
            String model,
            String dtype,
            @Nullable String quantize,
            String device,
            int threads,
            String libtorch,
            String version,
            @Nullable List<LoraJson> loras,
            @Nullable Integer fps,
            @Nullable String promptTemplate,
            @Nullable Integer cropStart,
            @Nullable FileOf initImage,
            @Nullable FileOf mask,
            @Nullable Double strength,
            @Nullable Double trueCfgScale2) {
        static FileJson of(Settings of) {
            Request.Video video = of.video;
            PromptTemplate template =
                    video == null || video.template().equals(PromptTemplate.HUNYUAN_VIDEO) ? null : video.template();
            OptionalInt crop = template == null ? OptionalInt.empty() : template.cropStart();
            return new FileJson(
                    of.prompt,
                    of.negativePrompt,
                    of.trueCfgScale,
                    of.guidance,
                    new BigInteger(Long.toUnsignedString(of.seed)),
                    PlanJson.of(of.plan),
                    of.plan.rules().rounding().toString(),
                    of.plan.rules().resampler().toString(),
                    of.maxSequenceLength,
                    of.origin.model(),
                    of.origin.dtype(),
                    of.origin.quantization() == Quantization.NONE
                            ? null
                            : of.origin.quantization().toString(),
                    of.origin.device(),
                    of.origin.threads(),
                    of.origin.libtorch(),
                    of.origin.version(),
                    of.origin.loras().isEmpty()
                            ? null
                            : of.origin.loras().stream().map(LoraJson::of).toList(),
                    video == null ? null : video.fps(),
                    template == null ? null : template.text(),
                    crop.isPresent() ? crop.getAsInt() : null,
                    FileOf.of(of.start == null ? null : of.start.image()),
                    FileOf.of(of.start == null ? null : of.start.mask()),
                    of.start == null ? null : of.start.strength(),
                    of.trueCfgScale2.isPresent() ? of.trueCfgScale2.getAsDouble() : null);
        }

        Settings settings(Model.Kind kind) {
            if (kind == Model.Kind.PICTURE && (fps != null || promptTemplate != null || cropStart != null)) {
                throw new IllegalArgumentException("settings: 'fps' is unknown of a picture; they are a video's");
            }
            if (kind == Model.Kind.VIDEO && fps == null) {
                throw new IllegalArgumentException("settings: 'fps' is missing; they are a picture's");
            }
            if (kind == Model.Kind.VIDEO && plan.frames() == null) {
                throw new IllegalArgumentException("settings: plan: has no frames; they are a picture's");
            }
            if (seed.bitLength() > (seed.signum() < 0 ? Long.SIZE - 1 : Long.SIZE)) {
                throw new IllegalArgumentException(
                        "settings: seed: must be a whole number from 0 to 18446744073709551615, not " + seed);
            }
            return new Settings(
                    prompt,
                    negativePrompt,
                    trueCfgScale,
                    guidance,
                    seed.longValue(),
                    plan.spec(resampler, rounding),
                    maxSequenceLength,
                    new Origin(
                            version,
                            model,
                            dtype,
                            quantize == null ? Quantization.NONE : Quantization.parse(quantize),
                            device,
                            threads,
                            libtorch,
                            loras == null
                                    ? List.of()
                                    : loras.stream().map(LoraJson::lora).toList()),
                    fps == null ? null : new Request.Video(fps, template()),
                    start(),
                    trueCfgScale2 == null ? OptionalDouble.empty() : OptionalDouble.of(trueCfgScale2));
        }

        private @Nullable Start start() {
            if ((initImage == null) != (strength == null) || (initImage == null && mask != null)) {
                throw new IllegalArgumentException(
                        "settings: init_image and strength belong together, and mask to them; one is missing");
            }
            return initImage == null || strength == null
                    ? null
                    : new Start(initImage.input(), mask == null ? null : mask.input(), strength);
        }

        private PromptTemplate template() {
            OptionalInt crop = cropStart == null ? OptionalInt.empty() : OptionalInt.of(cropStart);
            return promptTemplate == null ? PromptTemplate.HUNYUAN_VIDEO : new PromptTemplate(promptTemplate, crop);
        }
    }
}
