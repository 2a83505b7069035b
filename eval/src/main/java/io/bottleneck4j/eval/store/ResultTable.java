package io.bottleneck4j.eval.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.eval.metrics.HighFrequency;
import io.bottleneck4j.eval.result.Comparison;
import io.bottleneck4j.eval.result.Contender;
import io.bottleneck4j.eval.result.Measured;
import io.bottleneck4j.eval.result.Subject;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A comparison as JSON: what a later run takes the times of finished pictures from, and what scripts read. A number that is not there is
 * null; the PSNR of equal pictures is the text {@code "Infinity"}, as JSON has no number for it.
 */
public final class ResultTable {
    /** What the file says it is. */
    private static final String FORMAT = "bottleneck4j comparison 1";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ResultTable() {}

    /** The whole table. */
    public static ObjectNode json(Comparison comparison) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT).put("title", comparison.title());
        ObjectNode setup = json.putObject("setup");
        comparison.setup().forEach(fact -> setup.put(fact.name(), fact.value()));
        json.put("timing", Comparison.TIMING)
                .put("high_frequency_cutoff", HighFrequency.CUTOFF)
                .put("reference", comparison.reference())
                .put("complete", comparison.isComplete());
        ArrayNode plans = json.putArray("plans");
        comparison.contenders().forEach(contender -> plans.add(plan(comparison, contender)));
        ArrayNode pictures = json.putArray("pictures");
        for (Subject subject : comparison.subjects()) {
            for (Contender contender : comparison.contenders()) {
                Measured picture = comparison.find(subject, contender.name());
                if (picture != null) {
                    pictures.add(picture(picture, contender));
                }
            }
        }
        return json;
    }

    private static ObjectNode plan(Comparison comparison, Contender contender) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", contender.name());
        ArrayNode stages = json.putArray("stages");
        contender.stages().forEach(stages::add);
        json.put("forwards", contender.forwards())
                .put("flops", contender.flops())
                .put("flop_ratio", comparison.flopRatio(contender));
        Comparison.Medians medians = comparison.medians(contender);
        ObjectNode own = json.putObject("medians").put("pictures", medians.pictures());
        put(own, "seconds", medians.seconds());
        put(own, "psnr", medians.psnr());
        put(own, "ssim", medians.ssim());
        put(own, "high_frequency_ratio", medians.highFrequencyRatio());
        put(own, "flicker_ratio", medians.flickerRatio());
        return json;
    }

    private static ObjectNode picture(Measured measured, Contender contender) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("plan", measured.contender())
                .put("prompt", measured.subject().prompt())
                .put("seed", measured.subject().seed())
                .put("file", measured.file());
        ArrayNode previews = json.putArray("previews");
        measured.previews().forEach(previews::add);
        json.put("seconds", measured.seconds())
                .put("forwards", contender.forwards())
                .put("flops", contender.flops());
        Distance distance = measured.distance();
        put(json, "psnr", distance == null ? Double.NaN : distance.psnr());
        put(json, "ssim", distance == null ? Double.NaN : distance.ssim());
        put(json, "high_frequency_ratio", distance == null ? Double.NaN : distance.highFrequencyRatio());
        put(json, "flicker_ratio", distance == null ? Double.NaN : distance.flickerRatio());
        return json;
    }

    private static void put(ObjectNode json, String key, double value) {
        if (Double.isNaN(value)) {
            json.putNull(key);
        } else if (Double.isInfinite(value)) {
            json.put(key, "Infinity");
        } else {
            json.put(key, value);
        }
    }

    /** The table as the text of a file. */
    public static String text(Comparison comparison) {
        return json(comparison).toPrettyString() + "\n";
    }

    /**
     * The times an earlier run has measured: seconds by the relative name of the picture. Without a file there are none.
     *
     * @throws ForeignFileException if the file is damaged, or is no table of ours
     * @throws IOException if it cannot be read
     */
    public static Map<String, Double> seconds(Path file) throws IOException {
        Map<String, Double> seconds = new LinkedHashMap<>();
        if (!Files.exists(file)) {
            return seconds;
        }
        for (JsonNode picture : read(file).path("pictures")) {
            JsonNode name = picture.path("file");
            JsonNode time = picture.path("seconds");
            if (!name.isTextual() || !time.isNumber() || !(time.doubleValue() > 0)) {
                throw new ForeignFileException(file, "holds a picture without file or seconds", null);
            }
            seconds.put(name.textValue(), time.doubleValue());
        }
        return seconds;
    }

    private static JsonNode read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ForeignFileException(file, "is not a file", null);
        }
        JsonNode json;
        try {
            json = MAPPER.readTree(Files.readString(file));
        } catch (JsonProcessingException | CharacterCodingException e) {
            throw new ForeignFileException(file, "is cut off or is not JSON", e);
        }
        if (!json.path("format").asText().equals(FORMAT)) {
            throw new ForeignFileException(file, "is not a table that this version of bottleneck4j wrote", null);
        }
        return json;
    }
}
