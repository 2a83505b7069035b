package io.bottleneck4j.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.spi.ServiceHelper;
import io.bottleneck4j.langchain4j.spi.BottleneckImageModelBuilderFactory;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PictureBytes;
import io.bottleneck4j.pipeline.PictureSettings;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pictures from a FLUX.1 model that runs in this process.
 *
 * <pre>{@code
 * try (BottleneckImageModel model = BottleneckImageModel.builder()
 *         .model(Path.of("FLUX.1-dev")).plan("x3").size(1024, 1024).build()) {
 *     Image image = model.generate("a red fox").content();
 * }
 * }</pre>
 *
 * <p>Images hold the bytes of a PNG or JPEG file in base64, with the settings that make them again, and the media type; never a URL. The
 * seed is in the response's {@linkplain Response#metadata metadata}: {@code seed}, of several images {@code seeds}, a list. Where none is
 * given, each call draws one.
 *
 * <p>For any thread; one picture is made at a time, and other threads wait their turn. What is out of range is an
 * {@link IllegalArgumentException} before anything runs.
 */
public final class BottleneckImageModel implements ImageModel, AutoCloseable {
    private final Pipeline pipeline;
    private final boolean owned;
    private final PictureSettings settings;
    private final @Nullable PlanSpec plan;
    private final @Nullable Double strength;
    private final String mimeType;
    private final List<JobListener> listeners;

    /**
     * Opens what a builder names. Weights are read at the first picture.
     *
     * @throws IllegalArgumentException as {@link BottleneckImageModelBuilder#build} says
     */
    public BottleneckImageModel(BottleneckImageModelBuilder builder) {
        plan = builder.plan;
        settings = new PictureSettings(
                builder.planName,
                builder.width,
                builder.height,
                builder.seed,
                builder.guidance,
                builder.negativePrompt,
                builder.trueCfgScale,
                builder.maxSequenceLength);
        strength = builder.strength;
        mimeType = PictureBytes.requireMimeType(builder.mimeType);
        listeners = List.copyOf(builder.listeners);
        Model model = PictureBytes.requirePictures(builder.resolvedModel());
        requirePlan(model);
        Pipeline given = builder.pipeline;
        owned = given == null;
        pipeline = given == null ? builder.open(model) : given;
    }

    /** A plan that does not fit is told now, not at the first picture. */
    private void requirePlan(Model model) {
        if (plan != null) {
            model.planner().written(plan);
        } else {
            settings.requirePlan(model);
        }
    }

    /** A builder; where a {@link BottleneckImageModelBuilderFactory} is found, its own. */
    public static BottleneckImageModelBuilder builder() {
        for (BottleneckImageModelBuilderFactory factory :
                ServiceHelper.loadFactories(BottleneckImageModelBuilderFactory.class)) {
            return factory.get();
        }
        return new BottleneckImageModelBuilder();
    }

    /** The pipeline it runs, for what LangChain4j has no words for. */
    public Pipeline pipeline() {
        return pipeline;
    }

    /**
     * One picture.
     *
     * @param prompt what it shows
     */
    @Override
    public Response<Image> generate(String prompt) {
        return one(request(prompt));
    }

    /**
     * Several pictures, one after the other, of seeds upward from the first.
     *
     * @param n at least 1
     */
    @Override
    public Response<List<Image>> generate(String prompt, int n) {
        PictureBytes.requireCount(n);
        List<Request> requests = PictureBytes.seeds(request(prompt).build(), n);
        return Response.from(
                images(requests),
                null,
                null,
                Map.of("seeds", requests.stream().map(Request::seed).toList()));
    }

    /**
     * A picture changed as the prompt says: the run starts from it, noised by the builder's strength, or FLUX.1-Kontext sees it and follows
     * the prompt as an instruction. Without a size the result is as large as the picture, as far as the model accepts that.
     *
     * @param image a PNG, JPEG or WebP file in {@link Image#base64Data}; a URL is refused, since nothing is fetched or read from disk
     */
    @Override
    public Response<Image> edit(Image image, String prompt) {
        return one(edited(image, prompt));
    }

    /**
     * The same in a part of the picture alone; FLUX.1-Fill fills it anew.
     *
     * @param mask a picture that is light, 128 or more of 255, where the image may change; or, where any of its pixels are transparent, one
     *     that is transparent there, as OpenAI's are
     */
    @Override
    public Response<Image> edit(Image image, Image mask, String prompt) {
        return one(edited(image, prompt).mask(PictureBytes.mask(file("mask", mask))));
    }

    private Request.Builder edited(Image image, String prompt) {
        Request.Builder builder = request(prompt).initImage(PictureBytes.image(file("image", image)));
        return strength == null ? builder : builder.strength(strength);
    }

    private static byte[] file(String what, Image image) {
        String base64 = image.base64Data();
        if (base64 == null) {
            throw new IllegalArgumentException(what + ": must hold the bytes of its file, not "
                    + (image.url() == null ? "nothing" : "the URL " + image.url())
                    + "; read it yourself, and give base64Data");
        }
        return PictureBytes.decoded(what, base64);
    }

    private Request.Builder request(String prompt) {
        Request.Builder builder = settings.request(pipeline.model(), prompt);
        return plan == null ? builder : builder.plan(plan);
    }

    private Response<Image> one(Request.Builder builder) {
        Request request = builder.build();
        return Response.from(images(List.of(request)).get(0), null, null, Map.of("seed", request.seed()));
    }

    private List<Image> images(List<Request> requests) {
        return PictureBytes.make(pipeline, requests, mimeType, listeners).stream()
                .map(file -> Image.builder()
                        .base64Data(Base64.getEncoder().encodeToString(file))
                        .mimeType(mimeType)
                        .build())
                .toList();
    }

    /** Frees all memory when no other thread runs any more. A pipeline that was given to the builder is its owner's to close. */
    @Override
    public void close() {
        if (owned) {
            pipeline.close();
        }
    }

    /** Says which model runs, where, and what its pictures have in common. One of the three {@code model} and {@code pipeline} is needed. */
    public static class BottleneckImageModelBuilder {
        private @Nullable Model model;
        private @Nullable Pipeline pipeline;
        private @Nullable Execution execution;
        private @Nullable Residency residency;
        private final List<Lora> loras = new ArrayList<>();
        private @Nullable String planName;
        private @Nullable PlanSpec plan;
        private @Nullable Integer width;
        private @Nullable Integer height;
        private @Nullable Long seed;
        private @Nullable Double guidance;
        private @Nullable String negativePrompt;
        private @Nullable Double trueCfgScale;
        private @Nullable Integer maxSequenceLength;
        private @Nullable Double strength;
        private String mimeType = PictureBytes.PNG;
        private final List<JobListener> listeners = new ArrayList<>();

        private record Lora(Path file, double scale) {}

        /** Public, so that frameworks can extend it. */
        public BottleneckImageModelBuilder() {}

        /**
         * A diffusers folder of a model that makes pictures.
         *
         * @throws IllegalArgumentException if there is none, or it is not read; see {@link Model#open(Path)}
         */
        public BottleneckImageModelBuilder model(Path folder) {
            return model(Model.open(folder));
        }

        /** A model that is open, as one of single files by {@link io.bottleneck4j.pipeline.ModelFiles}. */
        public BottleneckImageModelBuilder model(Model opened) {
            model = opened;
            return this;
        }

        /** A pipeline that others use too; it is not closed with the image model. */
        public BottleneckImageModelBuilder pipeline(Pipeline shared) {
            pipeline = shared;
            return this;
        }

        /** Device, type and quantization. Default: {@link Execution#best}. Not with {@code pipeline}. */
        public BottleneckImageModelBuilder execution(Execution value) {
            execution = value;
            return this;
        }

        /** How long components stay in memory. Default: what fits; {@link Residency#KEEP} is fastest. Not with {@code pipeline}. */
        public BottleneckImageModelBuilder residency(Residency value) {
            residency = value;
            return this;
        }

        /**
         * Adds a LoRA to the model's weights; several add. It holds for all pictures: another set of LoRAs is another image model. Not with
         * {@code pipeline}.
         *
         * @param file a safetensors file
         * @param scale 1 as it was trained
         */
        public BottleneckImageModelBuilder lora(Path file, double scale) {
            loras.add(new Lora(file, scale));
            return this;
        }

        /** A plan by name, as {@code x3}, {@code bottleneck} (the default) or {@code baseline}, at the size that is asked for. */
        public BottleneckImageModelBuilder plan(String name) {
            planName = name;
            plan = null;
            return this;
        }

        /** A plan of one's own, with its steps and sizes; a size beside it is refused. */
        public BottleneckImageModelBuilder plan(PlanSpec spec) {
            plan = spec;
            planName = null;
            return this;
        }

        /** A plan file, with its steps and sizes. */
        public BottleneckImageModelBuilder plan(Path yaml) {
            return plan(PlanFile.read(yaml));
        }

        /** Pixels. Default: the model's; of an edit the given image's. */
        public BottleneckImageModelBuilder size(int pixelsWide, int pixelsHigh) {
            width = pixelsWide;
            height = pixelsHigh;
            return this;
        }

        /** The seed of every call's first picture. Default: each call draws one. */
        public BottleneckImageModelBuilder seed(long value) {
            seed = value;
            return this;
        }

        /** Embedded guidance. Default: the model's advice, else 3.5. */
        public BottleneckImageModelBuilder guidance(double value) {
            guidance = value;
            return this;
        }

        /** What to steer away from; used where {@code trueCfgScale} is above 1. Default: empty. */
        public BottleneckImageModelBuilder negativePrompt(String text) {
            negativePrompt = text;
            return this;
        }

        /** Classifier-free guidance with a second forward a step, at least 1. Default: 1, which is off. */
        public BottleneckImageModelBuilder trueCfgScale(double scale) {
            trueCfgScale = scale;
            return this;
        }

        /** Tokens of T5, 1 to 512. Default: what its tokenizer states. */
        public BottleneckImageModelBuilder maxSequenceLength(int tokens) {
            maxSequenceLength = tokens;
            return this;
        }

        /** How far an image is changed by {@code edit}, in (0, 1]. Default: 0.6, of FLUX.1-Fill and -Kontext 1. */
        public BottleneckImageModelBuilder strength(double part) {
            strength = part;
            return this;
        }

        /** The kind of file: {@code image/png}, the default, or {@code image/jpeg}. */
        public BottleneckImageModelBuilder mimeType(String type) {
            mimeType = type;
            return this;
        }

        /** Adds one who is told of steps and warnings, on the thread that makes the picture; it may cancel. */
        public BottleneckImageModelBuilder listener(JobListener value) {
            listeners.add(value);
            return this;
        }

        /**
         * The image model.
         *
         * @throws IllegalArgumentException if no model is named, or two are; it makes videos; or the plan, the size or a LoRA does not fit it
         * @throws io.bottleneck4j.torch.io.WeightsException if weights are damaged or do not fit their configuration
         * @throws io.bottleneck4j.torch.DeviceException if the device is not available
         */
        public BottleneckImageModel build() {
            return new BottleneckImageModel(this);
        }

        /** The model that is run, with its LoRAs. */
        private Model resolvedModel() {
            if (pipeline != null) {
                if (model != null || execution != null || residency != null || !loras.isEmpty()) {
                    String other = model != null
                            ? "model"
                            : execution != null ? "execution" : residency != null ? "residency" : "lora";
                    throw new IllegalArgumentException(
                            other + ": belongs to the pipeline, which is given already; leave one of them out");
                }
                return pipeline.model();
            }
            if (model == null) {
                throw new IllegalArgumentException(
                        "model: must be given, and is not; name a folder of a model that makes pictures");
            }
            Model all = model;
            for (Lora lora : loras) {
                all = all.withLora(lora.file(), lora.scale());
            }
            return all;
        }

        private Pipeline open(Model resolved) {
            Execution where = execution == null ? Execution.best(resolved) : execution;
            return residency == null ? resolved.pipeline(where) : resolved.pipeline(where, residency);
        }
    }
}
