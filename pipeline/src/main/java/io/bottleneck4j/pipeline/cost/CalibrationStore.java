package io.bottleneck4j.pipeline.cost;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
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
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

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
            if (calibration.on().equals(on)) {
                return new Found(calibration, null);
            }
            return passedOver(file, "was measured with " + calibration.on());
        } catch (JsonProcessingException e) {
            return passedOver(
                    file,
                    "is not valid JSON: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""));
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

    private static Calibration parse(@Nullable JsonNode json) {
        if (json == null || !json.isObject()) {
            throw new IllegalArgumentException("it must hold a JSON object");
        }
        if (integer(json, "format") != FORMAT) {
            throw new IllegalArgumentException("format: must be " + FORMAT + ", not " + json.get("format"));
        }
        MeasuredOn on = new MeasuredOn(
                text(json, "config"),
                text(json, "dtype"),
                text(json, "device"),
                integer(json, "threads"),
                text(json, "processor"),
                text(json, "libtorch"));
        List<ForwardTime> times = new ArrayList<>();
        for (JsonNode forward : array(json, "forwards")) {
            JsonNode shape = array(forward, "shape");
            if (shape.size() != 4) {
                throw new IllegalArgumentException("shape: must be four numbers, not " + shape);
            }
            JsonNode seconds = value(forward, "seconds");
            if (!seconds.isNumber()) {
                throw new IllegalArgumentException("seconds: must be a number, not " + seconds);
            }
            times.add(new ForwardTime(
                    new LatentShape(
                            shape.get(0).asInt(),
                            shape.get(1).asInt(),
                            shape.get(2).asInt(),
                            shape.get(3).asInt()),
                    seconds.doubleValue(),
                    integer(forward, "samples"),
                    Instant.parse(text(forward, "date"))));
        }
        return new Calibration(on, times);
    }

    private static JsonNode value(JsonNode json, String key) {
        JsonNode value = json.get(key);
        if (value == null) {
            throw new IllegalArgumentException(key + ": is missing");
        }
        return value;
    }

    private static String text(JsonNode json, String key) {
        JsonNode value = value(json, key);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(key + ": must be text, not " + value);
        }
        return value.textValue();
    }

    private static int integer(JsonNode json, String key) {
        JsonNode value = value(json, key);
        if (!value.isInt()) {
            throw new IllegalArgumentException(key + ": must be a whole number, not " + value);
        }
        return value.intValue();
    }

    private static JsonNode array(JsonNode json, String key) {
        JsonNode value = value(json, key);
        if (!value.isArray()) {
            throw new IllegalArgumentException(key + ": must be a list, not " + value);
        }
        return value;
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
        WholeFile.write(file(on), MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json(all)));
        return all;
    }

    private static ObjectNode json(Calibration calibration) {
        MeasuredOn on = calibration.on();
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("format", FORMAT)
                .put("config", on.config())
                .put("dtype", on.dtype())
                .put("device", on.device())
                .put("threads", on.threads())
                .put("processor", on.processor())
                .put("libtorch", on.libtorch());
        var forwards = json.putArray("forwards");
        for (ForwardTime time : calibration.times()) {
            LatentShape shape = time.shape();
            ObjectNode forward = forwards.addObject();
            forward.putArray("shape")
                    .add(shape.channels())
                    .add(shape.frames())
                    .add(shape.height())
                    .add(shape.width());
            forward.put("seconds", time.seconds())
                    .put("samples", time.samples())
                    .put("date", time.date().toString());
        }
        return json;
    }
}
