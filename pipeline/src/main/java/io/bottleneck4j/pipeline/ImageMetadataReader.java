package io.bottleneck4j.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.PlanSpec.Places;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Reads {@link ImageMetadata} and {@link VideoMetadata} strictly: a setting it does not know would change the picture in silence. */
final class ImageMetadataReader {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Set<String> KEYS = Set.of(
            "version",
            "prompt",
            "negative_prompt",
            "true_cfg_scale",
            "guidance",
            "seed",
            "plan",
            "rounding",
            "resampler",
            "max_sequence_length",
            "model",
            "dtype",
            "device",
            "threads",
            "libtorch");
    private static final Set<String> VIDEO_KEYS = with(KEYS, "fps", "prompt_template", "crop_start");
    private static final Set<String> PLAN_KEYS = Set.of("name", "frames", "renoise", "reshift", "stages");
    private static final Set<String> STAGE_KEYS = Set.of("width", "height", "steps", "strength", "shift", "until");

    private final JsonNode json;
    private final String where;

    private ImageMetadataReader(JsonNode json, String where, Set<String> known) {
        this.json = json;
        this.where = where;
        if (!json.isObject()) {
            throw wrong("must be an object, not " + json);
        }
        json.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key)) {
                throw wrong("'" + key + "' is unknown; was it made by a newer version of bottleneck4j?");
            }
        });
    }

    static ImageMetadata read(String text) {
        return of(text, KEYS).image();
    }

    static VideoMetadata readVideo(String text) {
        ImageMetadataReader in = of(text, VIDEO_KEYS);
        return new VideoMetadata(in.image(), in.small("fps"), in.template());
    }

    private static Set<String> with(Set<String> keys, String... more) {
        Set<String> all = new HashSet<>(keys);
        Collections.addAll(all, more);
        return Set.copyOf(all);
    }

    private static ImageMetadataReader of(String text, Set<String> known) {
        try {
            return new ImageMetadataReader(MAPPER.readTree(text), "settings", known);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("settings: are not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private ImageMetadata image() {
        return new ImageMetadata(
                text("prompt"),
                text("negative_prompt"),
                number("true_cfg_scale"),
                number("guidance"),
                whole("seed"),
                plan(),
                small("max_sequence_length"),
                new ImageMetadata.Origin(
                        text("version"),
                        text("model"),
                        text("dtype"),
                        text("device"),
                        small("threads"),
                        text("libtorch")));
    }

    private PromptTemplate template() {
        if (!json.has("prompt_template")) {
            return PromptTemplate.HUNYUAN_VIDEO;
        }
        OptionalInt cropStart = json.has("crop_start") ? OptionalInt.of(small("crop_start")) : OptionalInt.empty();
        return new PromptTemplate(text("prompt_template"), cropStart);
    }

    private PlanSpec plan() {
        ImageMetadataReader plan = new ImageMetadataReader(value("plan"), "settings: plan", PLAN_KEYS);
        PlanRules rules = new PlanRules(
                Resamplers.parse(text("resampler")),
                Rounding.parse(text("rounding")),
                plan.trueOr("renoise", true) ? HandOver.RENOISE : HandOver.AS_IS,
                plan.trueOr("reshift", true) ? ShiftSource.STAGE : ShiftSource.MODEL);
        OptionalInt frames = plan.json.has("frames") ? OptionalInt.of(plan.small("frames")) : OptionalInt.empty();
        return new PlanSpec(plan.text("name"), frames, plan.stages(), rules, Places.NONE);
    }

    private List<StageSpec> stages() {
        JsonNode listed = value("stages");
        if (!listed.isArray()) {
            throw wrong("stages: must be a list, not " + listed);
        }
        List<StageSpec> stages = new ArrayList<>();
        for (JsonNode node : listed) {
            String place = where + ": stage " + (stages.size() + 1);
            ImageMetadataReader stage = new ImageMetadataReader(node, place, STAGE_KEYS);
            stages.add(new StageSpec(
                    stage.small("width"),
                    stage.small("height"),
                    stage.small("steps"),
                    stage.number("strength"),
                    stage.number("shift"),
                    stage.json.has("until") ? stage.number("until") : 0));
        }
        return stages;
    }

    private boolean trueOr(String key, boolean absent) {
        if (!json.has(key)) {
            return absent;
        }
        JsonNode value = value(key);
        if (!value.isBoolean()) {
            throw wrong(key + ": must be true or false, not " + value);
        }
        return value.booleanValue();
    }

    private JsonNode value(String key) {
        JsonNode value = json.get(key);
        if (value == null || value.isNull()) {
            throw wrong("'" + key + "' is missing");
        }
        return value;
    }

    private String text(String key) {
        JsonNode value = value(key);
        if (!value.isTextual()) {
            throw wrong(key + ": must be a text, not " + value);
        }
        return value.textValue();
    }

    private double number(String key) {
        JsonNode value = value(key);
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(key + ": must be a finite number, not " + value);
        }
        return value.doubleValue();
    }

    private long whole(String key) {
        JsonNode value = value(key);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(key + ": must be a whole number, not " + value);
        }
        return value.longValue();
    }

    private int small(String key) {
        JsonNode value = value(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(key + ": must be a whole number, not " + value);
        }
        return value.intValue();
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(where + ": " + what);
    }
}
