package io.bottleneck4j.pipeline;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.Map;

/**
 * How a picture was made, as it is stored in the PNG: enough to make it again, bit for bit on the same machine. It holds no times, so
 * that making it again gives the same file.
 *
 * @param trueCfgScale 1 for none
 * @param guidance embedded guidance
 * @param plan stages in pixels, with the shifts that were used, and its rules
 * @param maxSequenceLength tokens of the longer text encoder
 * @param origin what made it
 */
public record ImageMetadata(
        String prompt,
        String negativePrompt,
        double trueCfgScale,
        double guidance,
        long seed,
        PlanSpec plan,
        int maxSequenceLength,
        Origin origin) {

    /** The PNG text chunk it is stored under. */
    public static final String KEY = "bottleneck4j";

    /**
     * The program and machine that made a picture.
     *
     * @param version of bottleneck4j
     * @param model as the user named it
     * @param dtype such as bfloat16
     * @param device such as cpu or cuda:0
     * @param threads on the CPU
     * @param libtorch version of the native library
     */
    public record Origin(String version, String model, String dtype, String device, int threads, String libtorch) {}

    /** What a request is, stored. */
    public static ImageMetadata of(ImageRequest request, Origin origin) {
        return new ImageMetadata(
                request.prompt(),
                request.negativePrompt(),
                request.trueCfgScale(),
                request.guidance(),
                request.seed(),
                request.plan().spec(),
                request.maxSequenceLength(),
                origin);
    }

    /**
     * Reads back what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if the text is not that, or was written by a version with other settings
     */
    public static ImageMetadata parse(String json) {
        return ImageMetadataReader.read(json);
    }

    /** One line of JSON; numbers are exact. What older versions do not know is there only where it is not the default. */
    public String toJson() {
        return json().toString();
    }

    /** The JSON object, to which a video's adds. */
    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", origin.version())
                .put("prompt", prompt)
                .put("negative_prompt", negativePrompt)
                .put("true_cfg_scale", trueCfgScale)
                .put("guidance", guidance)
                .put("seed", seed);
        putPlan(json.putObject("plan"));
        json.put("rounding", plan.rules().rounding().toString())
                .put("resampler", plan.rules().resampler().toString())
                .put("max_sequence_length", maxSequenceLength)
                .put("model", origin.model())
                .put("dtype", origin.dtype())
                .put("device", origin.device())
                .put("threads", origin.threads())
                .put("libtorch", origin.libtorch());
        return json;
    }

    private void putPlan(ObjectNode json) {
        json.put("name", plan.name());
        plan.frames().ifPresent(frames -> json.put("frames", frames));
        if (!plan.rules().renoise()) {
            json.put("renoise", false);
        }
        if (!plan.rules().reshift()) {
            json.put("reshift", false);
        }
        ArrayNode stages = json.putArray("stages");
        for (StageSpec stage : plan.stages()) {
            ObjectNode written = stages.addObject()
                    .put("width", stage.width())
                    .put("height", stage.height())
                    .put("steps", stage.steps())
                    .put("strength", stage.strength())
                    .put("shift", stage.shift());
            if (stage.until() > 0) {
                written.put("until", stage.until());
            }
        }
    }

    /** All texts of the PNG file: this record, and Automatic1111's form of it, which picture viewers show. */
    public Map<String, String> texts() {
        return Map.of(KEY, toJson(), A1111Parameters.KEY, A1111Parameters.text(this));
    }
}
