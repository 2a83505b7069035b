package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.NoiseSource;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides a picture or video, apart from where it runs. Immutable; made by {@link Model#request}, which knows the model's
 * defaults, and complete: nothing is left to be chosen later.
 */
public final class Request {
    /** Tokens of the longer text encoder at most; for FLUX as in diffusers. */
    public static final int MAX_SEQUENCE_LENGTH = 512;

    /** Frames a second where none are given. */
    public static final int DEFAULT_FPS = 24;

    private static final int MAX_FPS = 240;

    /** Guidance beyond it makes numbers that no type holds. */
    private static final int MAX_SCALE = 1000;

    private static final double MOST_UPSCALE = 8;

    /** Enough to draw fine detail anew, too little to move anything. */
    private static final double UPSCALE_STRENGTH = 0.3;

    private final Model model;
    private final String prompt;
    private final String negativePrompt;
    private final double trueCfgScale;
    private final OptionalDouble trueCfgScale2;
    private final double guidance;
    private final long seed;
    private final int maxSequenceLength;
    private final Plan whole;
    private final Plan plan;
    private final @Nullable String planName;
    private final Planner.Size size;
    private final @Nullable Video video;
    private final @Nullable NoiseSource noise;
    private final @Nullable Latents initial;
    private final @Nullable StartPicture start;
    private final OptionalDouble upscale;

    /**
     * What only a video has.
     *
     * @param fps frames a second in playback, 1 to 240; the frames themselves do not depend on it
     * @param template instructions around the prompt
     */
    public record Video(int fps, PromptTemplate template) {
        public Video {
            if (fps < 1 || fps > MAX_FPS) {
                throw new IllegalArgumentException("fps: must be between 1 and " + MAX_FPS + ", not " + fps);
            }
        }
    }

    private Request(Builder from) {
        model = from.model;
        prompt = from.prompt;
        negativePrompt = from.negativePrompt;
        trueCfgScale = from.trueCfgScale;
        trueCfgScale2 = from.trueCfgScale2;
        guidance = from.guidance;
        seed = from.seed;
        maxSequenceLength = from.maxSequenceLength;
        start = from.start();
        whole = from.fitted();
        plan = start == null || start.use() == StartPicture.Use.SEEN ? whole : begun(whole, start);
        planName = from.usedName();
        size = planName == null ? Planner.Size.DEFAULT : from.size;
        upscale = from.upscale;
        video = from.video();
        noise = from.noise;
        initial = from.initial;
        requireText("prompt", prompt);
        requireText("negative-prompt", negativePrompt);
        requireFinite("guidance", guidance);
        requireScale("true-cfg-scale", trueCfgScale);
        if (trueCfgScale2.isPresent()) {
            requireSecond();
            requireScale("true-cfg-scale-2", trueCfgScale2.getAsDouble());
        }
        int longest = Math.max(MAX_SEQUENCE_LENGTH, model.textTokens());
        if (maxSequenceLength < 1 || maxSequenceLength > longest) {
            throw new IllegalArgumentException(
                    "max-sequence-length: must be between 1 and " + longest + ", not " + maxSequenceLength);
        }
        if (video != null && plan.frames().isEmpty()) {
            throw new IllegalArgumentException(
                    "plan: '" + plan.name() + "' makes a picture, not a video; take one from the pipeline's planner");
        }
    }

    /** Where NUL ends a text, as in PNG files and in databases, the rest of it would be lost. */
    private static void requireText(String name, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(name + ": must not hold the character NUL (U+0000), but does at index "
                    + text.indexOf('\0') + "; remove it");
        }
    }

    private static Plan begun(Plan whole, StartPicture start) {
        Plan left = whole.startingAt(start.strength());
        for (String note : start.notes(left.width(), left.height())) {
            left = left.withNote(note);
        }
        return left;
    }

    private void requireSecond() {
        boolean hasTwo = model.hasTwoTransformers();
        if (!hasTwo || !usesTrueCfg()) {
            throw new IllegalArgumentException("true-cfg-scale-2: is the guidance of a second transformer, "
                    + (hasTwo
                            ? "and without effect where true-cfg-scale is 1; give that too, above 1"
                            : "which " + model.name() + " does not have; leave it out"));
        }
    }

    private static void requireScale(String name, double scale) {
        requireFinite(name, scale);
        if (scale < 1) {
            throw new IllegalArgumentException(name + ": must be at least 1 (off), not " + scale);
        }
        if (scale > MAX_SCALE) {
            throw new IllegalArgumentException(
                    name + ": must be at most " + MAX_SCALE + ", not " + scale + "; from 3 to 7 is usual");
        }
    }

    private static void requireFinite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + ": must be a finite number, not " + value);
        }
    }

    /** The model it is asked of. */
    public Model model() {
        return model;
    }

    public String prompt() {
        return prompt;
    }

    /** Steered away from when {@link #trueCfgScale} is above 1. */
    public String negativePrompt() {
        return negativePrompt;
    }

    /** Classifier-free guidance with a second forward a step when above 1. */
    public double trueCfgScale() {
        return trueCfgScale;
    }

    /** The same for the second of a model's two transformers, where it is another; WanPipeline's guidance_scale_2. */
    @API(status = API.Status.EXPERIMENTAL)
    public OptionalDouble trueCfgScale2() {
        return trueCfgScale2;
    }

    /** Classifier-free guidance at a noise level. */
    double trueCfgScale(double sigma) {
        return model.changeOver().isBefore(sigma) ? trueCfgScale : trueCfgScale2.orElse(trueCfgScale);
    }

    /** Embedded guidance; without effect on models that have none. */
    public double guidance() {
        return guidance;
    }

    /** Seed of the noise, as {@code torch.Generator("cpu").manual_seed(seed)}: 64 bits without a sign. */
    public long seed() {
        return seed;
    }

    /** The seed as people write it, from 0 to 18446744073709551615. */
    public String seedText() {
        return Long.toUnsignedString(seed);
    }

    /** Tokens of the longer text encoder, T5 or Llama, padded or cut to this many. */
    public int maxSequenceLength() {
        return maxSequenceLength;
    }

    /** Stages and sizes, as they are run: where a picture is given, what its strength leaves of the plan. */
    public Plan plan() {
        return plan;
    }

    /** The plan that was asked for, before the strength took its part away. */
    Plan wholePlan() {
        return whole;
    }

    /** The picture it starts from; null for noise alone. */
    @Nullable
    StartPicture start() {
        return start;
    }

    /**
     * What only a video has.
     *
     * @throws IllegalStateException for a picture
     */
    public Video video() {
        if (video == null) {
            throw new IllegalStateException("video: " + model.name() + " makes pictures; ask its kind first");
        }
        return video;
    }

    /** One's own noise; null for that of the seed. */
    @Nullable
    NoiseSource noise() {
        return noise;
    }

    /** Latents that the run starts from; null for the noise of the first stage. */
    @Nullable
    Latents initialLatents() {
        return initial;
    }

    /** Whether noise or latents of one's own decide it too, so that settings alone do not make it again. */
    boolean hasOwnNoise() {
        return noise != null || initial != null;
    }

    /** Whether settings make it again: it has nothing of a program's own. */
    boolean isRepeatable() {
        return !hasOwnNoise() && (start == null || start.files() != null);
    }

    /** Whether every step takes two forwards. */
    public boolean usesTrueCfg() {
        return trueCfgScale > 1;
    }

    /** Forwards of the transformer in all: one a step, two with classifier-free guidance. */
    public int forwards() {
        return plan.stages().forwards() * forwardsPerStep();
    }

    /** Forwards of a step that asks the model: 2 with true guidance. */
    public int forwardsPerStep() {
        return usesTrueCfg() ? 2 : 1;
    }

    /** Frames of the result; 1 for a picture. */
    public int frames() {
        return plan.frames().orElse(1);
    }

    /** The same with another seed. */
    public Request withSeed(long other) {
        return toBuilder().seed(other).build();
    }

    /** The same under another plan. */
    public Request withPlan(Plan other) {
        return toBuilder().plan(other).build();
    }

    /** A builder that holds these settings. */
    public Builder toBuilder() {
        Builder builder = new Builder(model, prompt)
                .negativePrompt(negativePrompt)
                .trueCfgScale(trueCfgScale)
                .guidance(guidance)
                .seed(seed)
                .maxSequenceLength(maxSequenceLength)
                .plan(whole);
        builder.trueCfgScale2 = trueCfgScale2;
        builder.planName = planName;
        builder.size = size;
        builder.noise = noise;
        builder.initial = initial;
        if (start != null) {
            builder.image = start.image();
            builder.mask = start.mask();
            builder.strength(start.strength());
            builder.upscale = upscale;
        }
        return video == null ? builder : builder.fps(video.fps()).template(video.template());
    }

    /** Equal settings for one model, noise and latents of one's own included; models are compared as objects, and by their LoRAs. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Request that
                && model.isAs(that.model)
                && prompt.equals(that.prompt)
                && negativePrompt.equals(that.negativePrompt)
                && trueCfgScale == that.trueCfgScale
                && trueCfgScale2.equals(that.trueCfgScale2)
                && guidance == that.guidance
                && seed == that.seed
                && maxSequenceLength == that.maxSequenceLength
                && plan.equals(that.plan)
                && Objects.equals(video, that.video)
                && Objects.equals(noise, that.noise)
                && Objects.equals(initial, that.initial)
                && Objects.equals(start, that.start);
    }

    @Override
    public int hashCode() {
        return Objects.hash(prompt, seed, plan);
    }

    @Override
    public String toString() {
        return "\"" + prompt + "\", seed " + seedText() + ", plan " + plan.name() + " of " + model.name();
    }

    /** Sets what differs from the model's defaults. */
    public static final class Builder {
        private Model model;
        private String prompt;
        private String negativePrompt;
        private double trueCfgScale;
        private OptionalDouble trueCfgScale2 = OptionalDouble.empty();
        private double guidance;
        private long seed;
        private int maxSequenceLength;
        private @Nullable Plan plan;
        private @Nullable String planName;
        private Planner.Size size = Planner.Size.DEFAULT;
        private boolean sizeGiven;
        private OptionalInt fps;
        private @Nullable PromptTemplate template;
        private @Nullable NoiseSource noise;
        private @Nullable Latents initial;
        private StartPicture.@Nullable Input image;
        private StartPicture.@Nullable Input mask;
        private OptionalDouble strength = OptionalDouble.empty();
        private OptionalDouble upscale = OptionalDouble.empty();

        Builder(Model model, String prompt) {
            this.model = model;
            this.prompt = prompt;
            guidance = model.defaultGuidance();
            trueCfgScale = model.defaultTrueCfgScale();
            negativePrompt = model.defaultNegativePrompt();
            maxSequenceLength = model.textTokens();
            fps = model.defaultFps();
        }

        /** The model it is asked of. */
        public Model model() {
            return model;
        }

        /**
         * Adds a LoRA to the model's weights, as {@link Model#withLora(Path, double)} does; several add. A pipeline of the model makes this
         * request too: what the LoRA changes is loaded anew where the request before had others. So order requests by their LoRAs.
         *
         * @param file a safetensors file
         * @param scale 1 as it was trained
         * @throws IllegalArgumentException as there
         * @throws io.bottleneck4j.torch.io.WeightsException as there
         */
        @API(status = API.Status.EXPERIMENTAL)
        public Builder lora(Path file, double scale) {
            model = model.withLora(file, scale);
            return this;
        }

        /** Another prompt. */
        public Builder prompt(String text) {
            prompt = text;
            return this;
        }

        /** Default: empty, of Qwen-Image a space. Used where {@link #trueCfgScale} is above 1. */
        public Builder negativePrompt(String text) {
            negativePrompt = text;
            return this;
        }

        /**
         * Default: 1, which is off; of Z-Image, where it is not distilled, 6, which ZImagePipeline calls a guidance_scale of 5; of
         * FLUX.2-klein-base and Qwen-Image 4.
         */
        public Builder trueCfgScale(double scale) {
            trueCfgScale = scale;
            return this;
        }

        /**
         * Of the second of two transformers, that for less noise. Default: as {@link #trueCfgScale}, which must be above 1. WanPipeline's
         * guidance_scale_2.
         */
        @API(status = API.Status.EXPERIMENTAL)
        public Builder trueCfgScale2(double scale) {
            trueCfgScale2 = OptionalDouble.of(scale);
            return this;
        }

        /** Default: the model's advice, else 3.5 for FLUX.1 and 6 for HunyuanVideo. */
        public Builder guidance(double value) {
            guidance = value;
            return this;
        }

        /** Default: 0. All 64 bits count: -1 is 18446744073709551615. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Default: what the tokenizer of T5 states, at most 512; 256 for HunyuanVideo. */
        public Builder maxSequenceLength(int tokens) {
            maxSequenceLength = tokens;
            return this;
        }

        /** A plan from the model's {@linkplain Model#planner() planner}, with its sizes. */
        public Builder plan(Plan value) {
            plan = value;
            planName = null;
            return this;
        }

        /**
         * A plan by name, as {@code baseline} or {@code x3}, at the size that is asked for. Default: {@value Planner#BOTTLENECK}; where a
         * picture is {@linkplain #upscale enlarged}, and of models that were distilled to few steps, {@value Planner#BASELINE}.
         */
        public Builder plan(String name) {
            planName = name;
            plan = null;
            return this;
        }

        /** A plan of one's own, with its sizes. */
        public Builder plan(PlanSpec spec) {
            return plan(model.planner().written(spec));
        }

        /** A plan file, with its sizes. */
        public Builder plan(Path yaml) {
            return plan(PlanFile.read(yaml));
        }

        /** Pixels, for a plan by name. Default: the model's. */
        public Builder size(int width, int height) {
            return size(Planner.Size.of(width, height).withFrames(size.frames()));
        }

        private Builder size(Planner.Size wanted) {
            size = wanted;
            sizeGiven = true;
            plan = planName == null ? plan : null; // one by name is fitted anew
            return this;
        }

        /** Of a video, for a plan by name. Default: the plan's, else the model's. */
        public Builder frames(int count) {
            return size(size.withFrames(count));
        }

        /** Frames a second of a video in playback. Default: the model's advice, else 24. */
        public Builder fps(int framesASecond) {
            fps = OptionalInt.of(framesASecond);
            return this;
        }

        /** Instructions around the prompt of a video, for HunyuanVideo alone. Default: its own. */
        public Builder template(PromptTemplate value) {
            template = value;
            return this;
        }

        /** Noise of one's own in place of the seed's, asked for once a stage in stage order. */
        public Builder noise(NoiseSource source) {
            noise = source;
            return this;
        }

        /** The noise [C, F, h, w] that the run starts from, in place of the seed's; later stages draw theirs as ever. diffusers' latents. */
        public Builder initialLatents(Latents noisy) {
            initial = noisy;
            return this;
        }

        /**
         * A picture to change, PNG, JPEG or WebP: it is brought to the size of the result by Lanczos, and the run starts from it, noised as
         * {@link #strength} says. Without a size the picture's own is taken, each side cut to the multiple below that the model accepts.
         * FLUX.1 only; diffusers' FluxImg2ImgPipeline. FLUX.1-Fill needs a mask too, which says what it fills; FLUX.1-Kontext sees the
         * picture and starts from noise alone, at a size that it learnt.
         *
         * @throws IllegalArgumentException if it is no such picture
         * @throws IOException if it cannot be read
         */
        @API(status = API.Status.EXPERIMENTAL)
        public Builder initImage(Path file) throws IOException {
            image = StartPicture.Input.read(file);
            return this;
        }

        /** The same of a picture in memory, with which settings cannot make the result again: they are not stored. */
        @API(status = API.Status.EXPERIMENTAL)
        public Builder initImage(Picture picture) {
            image = new StartPicture.Input(picture, null);
            return this;
        }

        /**
         * How much of the run is left for the picture, in (0, 1]: the more, the less of it stays; 1 keeps nothing. The run starts in the last
         * stage of at least this strength, with as many of its steps; see {@link Plan#startingAt}. Default: 0.6, of FLUX.1-Fill 1; of
         * FLUX.1-Kontext it can be no other than 1.
         */
        @API(status = API.Status.EXPERIMENTAL)
        public Builder strength(double part) {
            strength = OptionalDouble.of(part);
            return this;
        }

        /**
         * Enlarges the picture and refines it: it is brought to so many times its size by Lanczos, and the last stage of the plan runs on
         * it. Where that is larger than the model's own pictures, the model sees it in tiles of their size, which overlap by a quarter or
         * more and are blended. The strength then is 0.3 by default.
         *
         * <p>Source: MultiDiffusion, arXiv 2302.08113, Eq. 5; see docs/pictures.md.
         *
         * @param factor above 1, at most 8
         */
        @API(status = API.Status.EXPERIMENTAL)
        public Builder upscale(double factor) {
            if (!(factor > 1 && factor <= MOST_UPSCALE)) {
                throw new IllegalArgumentException(
                        "upscale: must be above 1 and at most 8, not " + factor + "; 2 is usual");
            }
            if (model.traits().use().seesWhole) {
                throw new IllegalArgumentException("upscale: " + model.name()
                        + " sees a picture whole, and enlarging needs tiles of it; take FLUX.1-dev or another model");
            }
            upscale = OptionalDouble.of(factor);
            return this;
        }

        /** Makes the plans of this request: the model's planner, of tiles where a picture is enlarged. */
        @API(status = API.Status.INTERNAL)
        public Planner planner() {
            return upscale.isPresent() ? model.planner().inTiles() : model.planner();
        }

        /** Null where a plan is given whole. */
        private @Nullable String usedName() {
            return planName == null && plan == null ? planner().usual() : planName;
        }

        /**
         * Where the picture may change: where this one, at the size of the result, is lighter than half. Elsewhere its latents stay; their
         * pixels go once through the autoencoder. diffusers' FluxInpaintPipeline.
         *
         * @throws IllegalArgumentException if it is no picture as {@link #initImage(Path)} takes
         * @throws IOException if it cannot be read
         */
        @API(status = API.Status.EXPERIMENTAL)
        public Builder mask(Path file) throws IOException {
            mask = StartPicture.Input.read(file);
            return this;
        }

        /** The same of a picture in memory; settings are then not stored. */
        @API(status = API.Status.EXPERIMENTAL)
        public Builder mask(Picture picture) {
            mask = new StartPicture.Input(picture, null);
            return this;
        }

        /**
         * Starts from the files of a result's settings.
         *
         * @param picture null where another is given
         * @param masked null where there is none, or another is given
         * @throws IllegalArgumentException if one is missing, or is another file by now
         */
        @API(status = API.Status.INTERNAL)
        public Builder start(Settings.@Nullable InputFile picture, Settings.@Nullable InputFile masked, double part)
                throws IOException {
            image = picture == null ? null : StartPicture.Input.again(picture, "init-image");
            mask = masked == null ? null : StartPicture.Input.again(masked, "mask");
            return strength(part);
        }

        /**
         * The size that a plan by name gets: the one wanted, else the given picture's as the model accepts it; of FLUX.1-Kontext the one of
         * those it learnt that is most like the picture's.
         */
        @API(status = API.Status.INTERNAL)
        public Planner.Size sized(Planner.Size wanted) {
            if (image == null || model.kind() == Model.Kind.VIDEO) {
                return wanted;
            }
            Picture picture = image.picture();
            if (upscale.isPresent()) {
                return enlarged(picture, upscale.getAsDouble(), wanted);
            }
            if (model.traits().use() == StartPicture.Use.SEEN
                    && wanted.width().isEmpty()
                    && wanted.height().isEmpty()) {
                return kontextSize(picture, wanted);
            }
            try {
                return model.planner().sizeLike(picture.width(), picture.height(), wanted);
            } catch (IllegalArgumentException e) {
                if (wanted.width().isPresent() || wanted.height().isPresent()) {
                    throw e;
                }
                throw new IllegalArgumentException("init-image: " + e.getMessage() + "; or give width and height", e);
            }
        }

        private void requireEnlarged(Plan given, Picture picture, double factor) {
            Planner.Size size = enlarged(picture, factor, Planner.Size.DEFAULT);
            int width = size.width().orElseThrow();
            int height = size.height().orElseThrow();
            if (given.width() != width || given.height() != height) {
                throw new IllegalArgumentException(
                        "upscale: %s times %s x %s px is %s x %s, and plan '%s' ends at %s x %s; name a plan without sizes, or leave upscale out"
                                .formatted(
                                        factor,
                                        picture.width(),
                                        picture.height(),
                                        width,
                                        height,
                                        given.name(),
                                        given.width(),
                                        given.height()));
            }
        }

        private Planner.Size enlarged(Picture picture, double factor, Planner.Size wanted) {
            if (wanted.width().isPresent() || wanted.height().isPresent()) {
                throw new IllegalArgumentException("upscale: gives the size, " + factor + " times the picture's "
                        + picture.width() + " x " + picture.height() + "; leave width and height out, or upscale");
            }
            PixelGrid grid = model.traits().grid();
            return Planner.Size.of(grid.nearest(picture.width() * factor), grid.nearest(picture.height() * factor));
        }

        private Planner.Size kontextSize(Picture picture, Planner.Size wanted) {
            Planner planner = model.planner();
            double scale = KontextSize.scale((double) planner.defaultWidth() * planner.defaultHeight());
            KontextSize size = KontextSize.like(picture.width(), picture.height())
                    .scaled(scale, model.traits().grid());
            return Planner.Size.of(size.width(), size.height()).withFrames(wanted.frames());
        }

        private @Nullable StartPicture start() {
            StartPicture.Use use = model.traits().use();
            if (image == null) {
                if (strength.isPresent() || mask != null || upscale.isPresent()) {
                    String option = mask != null ? "mask" : strength.isPresent() ? "strength" : "upscale";
                    throw new IllegalArgumentException(option + ": needs a picture to change; give init-image too");
                }
                if (use == StartPicture.Use.FILLED) {
                    throw new IllegalArgumentException(
                            "init-image: " + model.name()
                                    + " is a FLUX.1-Fill, which fills a part of a picture; it needs init-image and mask, which generate and Java take");
                }
                return null;
            }
            if (use == StartPicture.Use.REFUSED) {
                throw new IllegalArgumentException("init-image: " + model.name() + " makes "
                        + (model.kind() == Model.Kind.VIDEO ? "videos" : "pictures")
                        + ", from text alone; leave it out, or take a model of FLUX.1, Z-Image or Qwen-Image");
            }
            if (initial != null && use != StartPicture.Use.SEEN) {
                throw new IllegalArgumentException(
                        "init-image: the run already starts from latents that were given; leave one of them out");
            }
            double usual = upscale.isPresent() ? UPSCALE_STRENGTH : use.strength;
            return new StartPicture(image, mask, strength.orElse(usual), use);
        }

        private Plan fitted() {
            if (plan == null) {
                return planner().named(Objects.requireNonNull(usedName()), sized(size));
            }
            if (upscale.isPresent() && image != null) {
                requireEnlarged(plan, image.picture(), upscale.getAsDouble());
            }
            if (planName == null && sizeGiven) {
                throw new IllegalArgumentException("size: plan '" + plan.name()
                        + "' fixes its own sizes; leave width, height and frames out, or name a plan");
            }
            return plan;
        }

        private @Nullable Video video() {
            if (model.kind() == Model.Kind.VIDEO) {
                if (template != null
                        && !template.equals(PromptTemplate.HUNYUAN_VIDEO) // what stands for none
                        && !model.files().family().takesTemplate()) {
                    throw new IllegalArgumentException("prompt-template: must be left out, since " + model.name()
                            + " has one of its own or none; HunyuanVideo takes another");
                }
                return new Video(fps.orElse(DEFAULT_FPS), template == null ? PromptTemplate.HUNYUAN_VIDEO : template);
            }
            if (fps.isPresent() || template != null) {
                throw new IllegalArgumentException((fps.isPresent() ? "fps" : "prompt-template") + ": " + model.name()
                        + " makes pictures, not videos; leave it out, or take a video model");
            }
            return null;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException if a value is out of range, or the plan does not fit the model
         */
        public Request build() {
            Request request = new Request(this);
            model.requireFollows(request.plan());
            return request;
        }
    }
}
