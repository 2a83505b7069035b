package io.bottleneck4j.springai;

import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PictureBytes;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.Image;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import org.springframework.ai.image.observation.DefaultImageModelObservationConvention;
import org.springframework.ai.image.observation.ImageModelObservationContext;
import org.springframework.ai.image.observation.ImageModelObservationConvention;
import org.springframework.ai.image.observation.ImageModelObservationDocumentation;

/**
 * Pictures from a FLUX.1 model that runs in this process.
 *
 * <pre>{@code
 * ImageModel images = BottleneckImageModel.builder().pipeline(pipeline).build();
 * String png = images.call(new ImagePrompt("a red fox")).getResult().getOutput().getB64Json();
 * }</pre>
 *
 * <p>A prompt has one message. A medium in it is a picture to change: the run starts from it, or FLUX.1-Kontext sees it and follows the
 * text as an instruction. A second one of the {@linkplain Media#getName name} {@value #MASK} is light, 128 or more of 255, where the
 * picture may change; or transparent there, if any of it is transparent, as OpenAI's masks are. Media hold the bytes of a PNG, JPEG or WebP file; URLs are refused, since nothing is fetched.
 *
 * <p>Images hold the bytes of a file in base64, with the settings that make them again; {@link BottleneckImageGenerationMetadata} has their
 * seeds. Each call is observed as Spring AI documents it, with the provider {@value #PROVIDER}, the model's name and the size.
 *
 * <p>For any thread; one picture is made at a time, and other threads wait their turn. What is out of range is an
 * {@link IllegalArgumentException} before anything runs. Closing the pipeline is its owner's.
 */
public final class BottleneckImageModel implements ImageModel {
    /** The name of the medium that is a mask. */
    public static final String MASK = "mask";

    /** Who makes the pictures, in observations and as the value of {@code spring.ai.model.image}. */
    public static final String PROVIDER = "bottleneck4j";

    private static final ImageModelObservationConvention CONVENTION = new DefaultImageModelObservationConvention();

    private final Supplier<Pipeline> pipeline;
    private final BottleneckImageOptions options;
    private final ObservationRegistry registry;
    private final ImageModelObservationConvention convention;
    private final List<JobListener> listeners;

    private BottleneckImageModel(Builder builder) {
        pipeline = Objects.requireNonNull(builder.pipeline, "pipeline: must be given; take model.pipeline()");
        options = builder.options;
        registry = builder.registry;
        convention = builder.convention;
        listeners = List.copyOf(builder.listeners);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** What holds where a prompt's own options say nothing. */
    public BottleneckImageOptions getOptions() {
        return options;
    }

    /**
     * Makes the pictures of a prompt.
     *
     * @param prompt one message; its options go before those of this model
     * @throws IllegalArgumentException if an option is out of range or does not fit the model, or a medium is no picture
     * @throws java.util.concurrent.CancellationException if a listener throws it from a step
     */
    @Override
    public ImageResponse call(ImagePrompt prompt) {
        BottleneckImageOptions merged =
                options.mutate().merge(prompt.getOptions()).build();
        ImageMessage message = only(prompt.getInstructions());
        Pipeline running = pipeline.get();
        Model model = PictureBytes.requirePictures(running.model());
        if (merged.getModel() != null && !merged.getModel().equals(model.name())) {
            throw new IllegalArgumentException("model: must be " + model.name() + ", which runs here, not '"
                    + merged.getModel() + "'; leave it out, or make a bean of that model");
        }
        Request first = request(model, message, merged);
        int n = merged.getN() == null ? 1 : merged.getN();
        String type = merged.getMimeType() == null ? PictureBytes.PNG : merged.getMimeType();
        BottleneckImageOptions known = merged.mutate()
                .n(n)
                .model(model.name())
                .width(first.plan().width())
                .height(first.plan().height())
                .responseFormat(BottleneckImageOptions.B64_JSON)
                .build();
        ImageModelObservationContext context = ImageModelObservationContext.builder()
                .imagePrompt(new ImagePrompt(prompt.getInstructions(), known))
                .provider(PROVIDER)
                .build();
        return Objects.requireNonNull(ImageModelObservationDocumentation.IMAGE_MODEL_OPERATION
                .observation(convention, CONVENTION, () -> context, registry)
                .observe(() -> {
                    ImageResponse response = made(running, PictureBytes.seeds(first, n), type);
                    context.setResponse(response);
                    return response;
                }));
    }

    private ImageResponse made(Pipeline running, List<Request> requests, String type) {
        List<byte[]> files = PictureBytes.make(running, requests, type, listeners);
        List<ImageGeneration> all = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            all.add(new ImageGeneration(
                    new Image(null, Base64.getEncoder().encodeToString(files.get(i))),
                    new BottleneckImageGenerationMetadata(requests.get(i).seed(), type)));
        }
        return new ImageResponse(all);
    }

    private static ImageMessage only(List<ImageMessage> messages) {
        if (messages.size() != 1) {
            throw new IllegalArgumentException(
                    "prompt: must have one message, not " + messages.size() + "; say all in one");
        }
        ImageMessage message = messages.get(0);
        Float weight = message.getWeight();
        if (weight != null && weight != 1) {
            throw new IllegalArgumentException("weight: must be 1 or absent, not " + weight
                    + "; for what a picture should not show there is the option negativePrompt");
        }
        return message;
    }

    private static Request request(Model model, ImageMessage message, BottleneckImageOptions options) {
        Request.Builder request = options.settings().request(model, message.getText());
        Media image = null;
        Media mask = null;
        for (Media medium : message.getMedia()) {
            boolean isMask = medium.getName().equals(MASK);
            if (isMask ? mask != null : image != null) {
                throw new IllegalArgumentException("media: must be a picture, and one named '" + MASK
                        + "' where there is a mask, not " + message.getMedia().size() + "; leave the others out");
            }
            image = isMask ? image : medium;
            mask = isMask ? medium : mask;
        }
        if (image != null) {
            request.initImage(PictureBytes.image(file("image", image)));
            if (options.getStrength() != null) {
                request.strength(options.getStrength());
            }
        }
        if (mask != null) {
            request.mask(PictureBytes.mask(file(MASK, mask)));
        }
        return request.build();
    }

    private static byte[] file(String what, Media medium) {
        if (medium.getData() instanceof byte[] file) {
            return file;
        }
        throw new IllegalArgumentException(what + ": must hold the bytes of its file, not the URL " + medium.getData()
                + "; read it yourself, and give a Resource");
    }

    /** Sets what runs and how. */
    public static final class Builder {
        private @Nullable Supplier<Pipeline> pipeline;
        private BottleneckImageOptions options =
                BottleneckImageOptions.builder().build();
        private ObservationRegistry registry = ObservationRegistry.NOOP;
        private ImageModelObservationConvention convention = CONVENTION;
        private final List<JobListener> listeners = new ArrayList<>();

        private Builder() {}

        /** What runs. */
        public Builder pipeline(Pipeline value) {
            return pipeline(() -> value);
        }

        /** What runs, asked for at each call: the first one may open it. */
        public Builder pipeline(Supplier<Pipeline> value) {
            pipeline = value;
            return this;
        }

        /** What holds where a prompt's own options say nothing. Default: the model's advice. */
        public Builder options(BottleneckImageOptions value) {
            options = value;
            return this;
        }

        /** Who observes. Default: nobody. */
        public Builder observationRegistry(ObservationRegistry value) {
            registry = value;
            return this;
        }

        /** Names and keys of observations. Default: Spring AI's. */
        public Builder observationConvention(ImageModelObservationConvention value) {
            convention = value;
            return this;
        }

        /** Adds one who is told of steps and warnings, on the thread that makes the picture; it may cancel. */
        public Builder listener(JobListener value) {
            listeners.add(value);
            return this;
        }

        /**
         * The image model.
         *
         * @throws NullPointerException if there is no pipeline
         */
        public BottleneckImageModel build() {
            return new BottleneckImageModel(this);
        }
    }
}
