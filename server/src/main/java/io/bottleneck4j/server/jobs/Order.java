package io.bottleneck4j.server.jobs;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PictureBytes;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.server.settings.ServedModel;
import io.bottleneck4j.server.settings.ServerSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client asks for: the fields of OpenAI's images and videos, those that other open servers share, and {@code plan}. Read of its
 * fields and checked; {@link #request} makes the library's request of it.
 *
 * <p>Source: openai-java 4.101.0, ImageGenerateParams, ImageEditParams and VideoCreateParams; the names of what these lack are
 * vLLM-Omni's and SGLang's.
 */
public final class Order {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,6})x(\\d{1,6})");

    /** Of guidance and LoRAs. No picture is one far below it; far above, numbers overflow. */
    private static final double MOST_SCALE = 1000;

    private static final int MOST_FRAMES = 100_000;
    private static final int MOST_SECONDS = 3600;

    /** Which plan a quality stands for; others are the default. */
    private static final Map<String, String> PLANS =
            Map.of("low", "x3", "high", Planner.BASELINE, "hd", Planner.BASELINE);

    private final Kind kind;
    private final ServedModel model;
    private final Fields fields;
    private final String prompt;
    private final int n;
    private final OptionalInt width;
    private final OptionalInt height;
    private final String quality;
    private final @Nullable String plan;
    private final long seed;
    private final String negativePrompt;
    private final @Nullable Integer steps;
    private final @Nullable Double guidance;
    private final @Nullable Double trueCfgScale;
    private final @Nullable Double trueCfgScale2;
    private final @Nullable Double strength;
    private final Map<String, Double> loras;
    private final String format;
    private final OptionalInt compression;
    private final boolean asUrl;
    private final boolean streams;
    private final int partialImages;
    private final boolean tellsProgress;
    private final @Nullable Integer frames;
    private final @Nullable Integer fps;
    private final @Nullable Integer seconds;
    private final ServerSettings limits;
    private final List<String> warnings = new ArrayList<>();

    /** What is made. */
    public enum Kind {
        /** Pictures of a prompt. */
        GENERATION("image_generation"),
        /** Pictures of a picture and a prompt. */
        EDIT("image_edit"),
        /** A video of a prompt. */
        VIDEO("video");

        private final String event;

        Kind(String event) {
            this.event = event;
        }

        /** What its events begin with. */
        public String event() {
            return event;
        }
    }

    /**
     * Reads the fields.
     *
     * @throws ApiException if one is unknown, of another type, or out of range
     */
    public Order(Kind kind, ServedModel model, Fields fields, ServerSettings limits) {
        this.kind = kind;
        this.model = model;
        this.fields = fields;
        this.limits = limits;
        fields.text("model"); // read by whoever chose the model
        prompt = prompt("prompt");
        if (prompt.isBlank()) {
            throw Fields.wrong("prompt", "missing_required_parameter", "must not be empty; say what to make");
        }
        negativePrompt = prompt("negative_prompt");
        trueCfgScale = fields.number("true_cfg_scale", 1, MOST_SCALE);
        int[] size = size();
        width = size[0] == 0 ? OptionalInt.empty() : OptionalInt.of(size[0]);
        height = size[1] == 0 ? OptionalInt.empty() : OptionalInt.of(size[1]);
        steps = fields.integer("num_inference_steps", 1, limits.steps());
        guidance = fields.number("guidance_scale", 0, MOST_SCALE);
        Long given = fields.seed("seed");
        seed = given == null ? PictureBytes.randomSeed() : given;
        String named = fields.text("plan");
        boolean ofPictures = kind != Kind.VIDEO;
        String asked =
                ofPictures ? fields.word("quality", List.of("auto", "low", "medium", "high", "standard", "hd")) : null;
        quality = asked == null ? "auto" : asked;
        plan = plan(named);
        loras = ofPictures ? loras() : Map.of();
        n = ofPictures ? orElse(fields.integer("n", 1, limits.images()), 1) : 1;
        String wanted = ofPictures ? fields.word("output_format", List.of("png", "jpeg", "webp")) : null;
        format = ofPictures ? wanted == null ? "png" : wanted : "mp4";
        Integer percent = ofPictures ? fields.integer("output_compression", 0, 100) : null;
        if (percent != null && percent < 100 && format.equals("png")) {
            throw Fields.wrong(
                    "output_compression", "invalid_value", "a PNG loses nothing; leave it out, or take jpeg or webp");
        }
        compression = percent == null || format.equals("png") ? OptionalInt.empty() : OptionalInt.of(percent);
        asUrl = ofPictures && "url".equals(fields.word("response_format", List.of("b64_json", "url")));
        streams = ofPictures && fields.flag("stream");
        Integer previews = ofPictures ? fields.integer("partial_images", 0, 3) : null;
        partialImages = orElse(previews, 0);
        tellsProgress = ofPictures && fields.flag("progress");
        if (!streams && (partialImages > 0 || tellsProgress)) {
            String name = partialImages > 0 ? "partial_images" : "progress";
            throw Fields.wrong(name, "invalid_value", "is sent only in a stream; set stream to true");
        }
        strength = kind == Kind.EDIT ? fields.number("strength") : null;
        frames = ofPictures ? null : fields.integer("num_frames", 1, MOST_FRAMES);
        fps = ofPictures ? null : fields.integer("fps", 1, 240);
        trueCfgScale2 = ofPictures ? null : fields.number("true_cfg_scale_2", 1, MOST_SCALE);
        seconds = ofPictures ? null : fields.integer("seconds", 1, MOST_SECONDS);
        if (frames != null && seconds != null) {
            throw Fields.wrong("seconds", "invalid_value", "num_frames says the length already; leave one of them out");
        }
        readWithoutEffect();
        fields.requireKnown();
    }

    private static int orElse(@Nullable Integer value, int other) {
        return value == null ? other : value;
    }

    private String prompt(String name) {
        String text = fields.text(name);
        if (text == null) {
            return "";
        }
        if (text.length() > limits.promptLength()) {
            throw Fields.wrong(
                    name,
                    "string_above_max_length",
                    "has " + text.length() + " characters; this server takes at most " + limits.promptLength());
        }
        return text;
    }

    /** Width and height in pixels; 0 where not given. */
    private int[] size() {
        int most = 1 << 20;
        int w = orElse(fields.integer("width", 1, most), 0);
        int h = orElse(fields.integer("height", 1, most), 0);
        String size = fields.text("size");
        if (size == null || size.equals("auto")) {
            return new int[] {w, h};
        }
        Matcher sides = SIZE.matcher(size);
        if (!sides.matches()) {
            throw Fields.wrong(
                    "size", "invalid_value", "must be as 1024x1024, or auto, not '" + Fields.shortened(size) + "'");
        }
        int[] both = {Integer.parseInt(sides.group(1)), Integer.parseInt(sides.group(2))};
        if (both[0] == 0 || both[1] == 0) {
            throw Fields.wrong("size", "invalid_value", "must be 1 or more each way, not " + size + "; or auto");
        }
        if ((w != 0 && w != both[0]) || (h != 0 && h != both[1])) {
            throw Fields.wrong(
                    "size", "invalid_value", size + " is not what width and height say; leave one of them out");
        }
        return both;
    }

    private @Nullable String plan(@Nullable String named) {
        String ofQuality = PLANS.get(quality);
        if (ofQuality == null) {
            return named;
        }
        if (named != null && !named.equals(ofQuality)) {
            throw Fields.wrong(
                    "quality",
                    "invalid_value",
                    quality + " stands for plan " + ofQuality + ", and plan is " + Fields.shortened(named)
                            + "; leave one out");
        }
        if (!model.model().planner().names().contains(ofQuality)) {
            throw Fields.wrong(
                    "quality",
                    "invalid_value",
                    quality + " stands for plan " + ofQuality + ", which " + model.name()
                            + " lacks; name a plan instead");
        }
        return ofQuality;
    }

    /** Scales by name: {@code "name"}, {@code {"name", "scale"}}, or a list of such. */
    private Map<String, Double> loras() {
        Map<String, Double> chosen = new LinkedHashMap<>();
        for (JsonNode value : fields.several("lora")) {
            String name;
            double scale = 1;
            if (value.isString()) {
                name = value.asString();
            } else if (value.isObject()) {
                ObjectNode object = (ObjectNode) value;
                Fields inner = new Fields(object);
                name = Objects.requireNonNullElse(inner.text("name"), "");
                Double given = inner.number("scale", -MOST_SCALE, MOST_SCALE);
                scale = given == null ? 1 : given;
                inner.requireKnown();
            } else {
                throw Fields.wrong(
                        "lora", "invalid_type", "must be a name, or an object of name and scale, or a list of such");
            }
            if (!model.loras().containsKey(name)) {
                throw Fields.wrong(
                        "lora",
                        "invalid_value",
                        "there is no '" + Fields.shortened(name) + "'; "
                                + (model.loras().isEmpty()
                                        ? "this server has none for " + model.name()
                                        : "use "
                                                + String.join(
                                                        ", ",
                                                        model.loras().keySet().stream()
                                                                .sorted()
                                                                .toList())));
            }
            chosen.put(name, scale);
        }
        return chosen;
    }

    /** Fields of OpenAI's that change nothing here. */
    private void readWithoutEffect() {
        fields.text("user");
        fields.text("safety_identifier");
        if (kind == Kind.VIDEO) {
            return;
        }
        fields.word("moderation", List.of("auto", "low"));
        String background = fields.word("background", List.of("auto", "opaque", "transparent"));
        if ("transparent".equals(background)) {
            throw Fields.wrong("background", "invalid_value", "these models fill the whole picture; leave it out");
        }
        if (fields.text("style") != null) {
            warnings.add("style: is without effect; say in the prompt what the picture should look like");
        }
        if (kind == Kind.EDIT && fields.text("input_fidelity") != null) {
            warnings.add("input_fidelity: is without effect; strength says how much of the picture changes");
        }
    }

    public Kind kind() {
        return kind;
    }

    public ServedModel model() {
        return model;
    }

    /** The fields as they came. */
    public Fields fields() {
        return fields;
    }

    public String prompt() {
        return prompt;
    }

    /** Pictures. */
    public int n() {
        return n;
    }

    /** As asked for: auto, low, medium, high, standard or hd. */
    public String quality() {
        return quality;
    }

    /** png, jpeg or webp; mp4 of a video. */
    public String format() {
        return format;
    }

    /** The ending of its files. */
    public String ending() {
        return format.equals("jpeg") ? ".jpg" : "." + format;
    }

    /** The media type of its files. */
    public String mediaType() {
        return (kind == Kind.VIDEO ? "video/" : "image/") + format;
    }

    /** How much of a JPEG or WebP is kept, of 100. */
    public OptionalInt compression() {
        return compression;
    }

    /** Whether pictures are told by address instead of bytes. */
    public boolean asUrl() {
        return asUrl;
    }

    /** Whether the answer is a stream of events. */
    public boolean streams() {
        return streams;
    }

    /** Previews of each picture. */
    public int partialImages() {
        return partialImages;
    }

    /** Whether the stream tells of the queue and of steps too. */
    public boolean tellsProgress() {
        return tellsProgress;
    }

    /** What the client should know and nobody refuses. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * The request of the first picture; the others have seeds upward from its own.
     *
     * @param image the picture to change; null for none
     * @param mask where it may change; null for everywhere
     * @throws ApiException if it asks for more than the server makes
     * @throws IllegalArgumentException if the model cannot make it
     */
    public Request request(@Nullable Picture image, @Nullable Picture mask) {
        Model of = model.model();
        if (image == null && of.needsMask()) {
            throw Fields.wrong(
                    "model",
                    "invalid_value",
                    model.name() + " fills a part of a picture; ask /v1/images/edits, with image and mask");
        }
        Request.Builder builder = model.with(loras).request(prompt).seed(seed).negativePrompt(negativePrompt);
        if (guidance != null) {
            builder.guidance(guidance);
        }
        if (trueCfgScale != null) {
            builder.trueCfgScale(trueCfgScale);
        }
        if (trueCfgScale2 != null) {
            builder.trueCfgScale2(trueCfgScale2);
        }
        if (image != null) {
            builder.initImage(image);
        }
        if (mask != null) {
            builder.mask(mask);
        }
        if (strength != null) {
            builder.strength(strength);
        }
        if (fps != null) {
            builder.fps(fps);
        }
        Planner planner = builder.planner();
        Planner.Size size = builder.sized(new Planner.Size(width, height, frames(of)));
        requireSize(size, planner);
        String name = plan == null ? planner.usual() : plan;
        if (steps == null) {
            builder.plan(planner.named(name, size));
        } else if (name.equals(Planner.BASELINE)) {
            builder.plan(planner.baseline(size, OptionalInt.of(steps), OptionalDouble.empty()));
        } else {
            throw Fields.wrong(
                    "num_inference_steps",
                    "invalid_value",
                    "only plan baseline takes a number of steps; set plan to baseline, or leave it out");
        }
        Request request = builder.build();
        if (!negativePrompt.isEmpty() && !request.usesTrueCfg()) {
            throw Fields.wrong(
                    "negative_prompt", "invalid_value", "needs a true_cfg_scale above 1, as 4; it doubles the time");
        }
        return request;
    }

    private OptionalInt frames(Model of) {
        if (frames != null) {
            return OptionalInt.of(frames);
        }
        if (seconds == null) {
            return OptionalInt.empty();
        }
        int rate = fps == null ? of.defaultFps().orElse(Request.DEFAULT_FPS) : fps;
        return OptionalInt.of(of.planner().framesWithin(seconds * rate));
    }

    private void requireSize(Planner.Size size, Planner planner) {
        long one = (long) size.width().orElse(planner.defaultWidth())
                * size.height().orElse(planner.defaultHeight());
        if (one > limits.pixels()) {
            throw Fields.wrong(
                    "size",
                    "invalid_value",
                    one + " pixels are more than this server's " + limits.pixels() + "; ask for less");
        }
        int count = size.frames().orElse(planner.defaultFrames().orElse(1));
        if (kind == Kind.VIDEO && one * count > limits.videoPixels()) {
            throw Fields.wrong(
                    "size",
                    "invalid_value",
                    one * count + " pixels in " + count + " frames are more than this server's " + limits.videoPixels()
                            + "; ask for less");
        }
    }
}
