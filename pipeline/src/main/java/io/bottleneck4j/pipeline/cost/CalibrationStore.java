package io.bottleneck4j.pipeline.cost;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.cost.Calibration.ForwardTime;
import io.bottleneck4j.pipeline.cost.Calibration.MeasuredOn;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calibrations as JSON files in one folder, one for each model, type, device, number of threads and processor. They are a help, not a
 * need: what cannot be read is passed over with a note. Files are replaced as a whole.
 *
 * @param folder need not exist
 */
public record CalibrationStore(Path folder) {
    private static final int FORMAT = 1;
    private static final int MAX_BYTES = 1 << 20;

    /** Takes every value for what it is, and none for another. */
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    /** What a file holds. */
    private record Stored(int format, @JsonUnwrapped MeasuredOn on, List<Forward> forwards) {

        private record Forward(List<Integer> shape, double seconds, int samples, String date) {}

        static Stored of(Calibration all) {
            return new Stored(
                    FORMAT, all.on(), all.times().stream().map(Stored::forward).toList());
        }

        private static Forward forward(ForwardTime time) {
            LatentShape s = time.shape();
            List<Integer> shape = List.of(s.channels(), s.frames(), s.height(), s.width());
            return new Forward(
                    shape, time.seconds(), time.samples(), time.date().toString());
        }

        Calibration calibration() {
            return new Calibration(on, forwards.stream().map(Stored::time).toList());
        }

        private static ForwardTime time(Forward f) {
            if (f.shape.size() != 4) {
                throw new IllegalArgumentException("shape: must be four numbers, not " + f.shape);
            }
            LatentShape shape = new LatentShape(f.shape.get(0), f.shape.get(1), f.shape.get(2), f.shape.get(3));
            return new ForwardTime(shape, f.seconds, f.samples, Instant.parse(f.date));
        }
    }

    /**
     * What was found.
     *
     * @param calibration null if there is none, or none of use
     * @param note for the user where a file was passed over; null otherwise
     */
    public record Found(
            @Nullable Calibration calibration, @Nullable String note) {}

    /** Whether nothing was ever stored, told without knowing for what. */
    public boolean isEmpty() {
        if (!Files.isDirectory(folder)) {
            return true;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.noneMatch(file -> file.toString().endsWith(".json"));
        } catch (IOException e) {
            return true;
        }
    }

    /** Where the calibration for this is kept. */
    public Path file(MeasuredOn on) {
        String key =
                String.join("\n", on.config(), on.dtype(), on.device(), String.valueOf(on.threads()), on.processor());
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return folder.resolve("forwards-" + HexFormat.of().formatHex(digest, 0, 8) + ".json");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** The calibration for this, if there is one that can be used. */
    public Found find(MeasuredOn on) {
        Path file = file(on);
        if (!Files.exists(file)) {
            return new Found(null, null);
        }
        try {
            Calibration calibration = parse(MAPPER.readTree(bytes(file)));
            return calibration.on().equals(on)
                    ? new Found(calibration, null)
                    : passedOver(file, "was measured with " + calibration.on());
        } catch (JsonProcessingException e) {
            String why =
                    Excerpt.json(e.getOriginalMessage()).lines().findFirst().orElse("");
            return passedOver(file, "is not valid JSON: " + why);
        } catch (IOException e) {
            return passedOver(file, "cannot be read: " + e.getMessage());
        } catch (IllegalArgumentException | DateTimeException e) {
            return passedOver(file, "is no calibration: " + e.getMessage());
        }
    }

    private static Found passedOver(Path file, String why) {
        return new Found(null, file + ": " + why + "; passed over, calibrate again");
    }

    private static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IllegalArgumentException("it is longer than " + MAX_BYTES + " bytes");
            }
            return bytes;
        }
    }

    private static Calibration parse(JsonNode json) throws JsonProcessingException {
        if (!json.isObject()) {
            throw new IllegalArgumentException("it must hold a JSON object");
        }
        JsonNode format = json.path("format");
        if (format.intValue() != FORMAT) {
            throw new IllegalArgumentException(
                    "format: " + (format.isMissingNode() ? "is missing" : "must be " + FORMAT + ", not " + format));
        }
        try {
            return MAPPER.treeToValue(json, Stored.class).calibration();
        } catch (JsonMappingException e) {
            throw new IllegalArgumentException(complaint(json, e), e);
        }
    }

    /** The key and value that did not fit, and what would. */
    private static String complaint(JsonNode json, JsonMappingException e) {
        JsonNode value = json;
        String key = "";
        for (JsonMappingException.Reference step : e.getPath()) {
            key = step.getFieldName() == null ? key : step.getFieldName();
            value = step.getFieldName() == null ? value.path(step.getIndex()) : value.path(step.getFieldName());
        }
        if (value.isMissingNode()) {
            return key + ": is missing";
        }
        Class<?> wanted = e instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
        String kind = wanted == String.class
                ? "text"
                : wanted == double.class ? "a number" : wanted == List.class ? "a list" : "a whole number";
        return key + ": must be " + kind + ", not " + value;
    }

    /**
     * Adds times to those stored for this, and returns all.
     *
     * @throws IOException if the file cannot be written; what was there stays
     */
    public Calibration add(MeasuredOn on, List<ForwardTime> times) throws IOException {
        Calibration known = find(on).calibration();
        Calibration all = (known == null ? new Calibration(on, List.of()) : known).with(times);
        Files.createDirectories(folder);
        WholeFile.write(file(on), MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(Stored.of(all)));
        return all;
    }
}
