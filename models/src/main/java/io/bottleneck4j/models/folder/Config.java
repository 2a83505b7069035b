package io.bottleneck4j.models.folder;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.io.Excerpt;
import io.bottleneck4j.torch.io.ForeignFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of settings, read by type. Every message names the file and the key. It remembers which keys were asked for, so that at
 * the end {@link #account} tells of the others: no setting is passed over in silence. A value of another type, and one that asks for what is not
 * supported, is a {@link FolderException}. Not thread-safe.
 *
 * <p>Configurations are records with a method {@code from(Config)}. They throw {@link IllegalArgumentException} of values that this library
 * cannot follow, which {@link #as} gives the file's name.
 */
public final class Config {
    private static final String QUANTIZATION = "quantization_config";
    private static final String QUANT_METHOD = "bottleneck4j";
    private static final int MAX_BYTES = 64 << 20;
    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(64).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path file;
    private final JsonNode json;
    private final Consumer<String> notes;
    private final Set<String> asked = new HashSet<>();

    /** Settings whose keys that nobody knows are told. */
    public Config(Path file, JsonNode json, Consumer<String> notes) {
        this.file = file;
        this.json = json;
        this.notes = notes;
    }

    /** Where it was read from. */
    public Path file() {
        return file;
    }

    /** The object. */
    public JsonNode json() {
        return json;
    }

    /** Reads a file; see {@link #read(Path, Consumer)}. */
    public static Config read(Path file) {
        return read(file, note -> {});
    }

    /**
     * Reads a file.
     *
     * @param notes is told of keys that are passed over
     * @throws FolderException if it is missing, unreadable, too large, or not a JSON object
     */
    public static Config read(Path file, Consumer<String> notes) {
        try {
            return of(file, bytes(file), notes);
        } catch (NoSuchFileException e) {
            throw new FolderException(file + ": does not exist; is this a diffusers folder?", e);
        } catch (IOException e) {
            throw new FolderException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads a text; {@code name} stands for the file in messages. */
    public static Config parse(String name, String text) {
        try {
            return of(Path.of(name), text.getBytes(StandardCharsets.UTF_8), note -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e); // there is none to read
        }
    }

    /** Any JSON that came from elsewhere, read as strictly as a configuration, but for its size. */
    static JsonNode tree(InputStream in) throws IOException {
        return MAPPER.readTree(in);
    }

    private static Config of(Path file, byte[] bytes, Consumer<String> notes) throws IOException {
        try {
            JsonNode json = MAPPER.readTree(bytes);
            if (json == null || !json.isObject()) {
                throw new FolderException(file + ": must hold a JSON object");
            }
            return new Config(file, json, notes);
        } catch (JsonProcessingException e) {
            Optional<String> placeholder = ForeignFile.placeholder(file);
            if (placeholder.isPresent()) {
                throw new FolderException(file + ": " + placeholder.get(), e);
            }
            String where = e.getLocation() == null
                    ? ""
                    : ":" + e.getLocation().getLineNr() + ":" + e.getLocation().getColumnNr();
            throw new FolderException(
                    file + where + ": is not valid JSON: " + Spelling.complaint(Excerpt.json(e.getOriginalMessage())),
                    e);
        }
    }

    private static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new FolderException(
                        file + ": must be at most " + MAX_BYTES + " bytes; is it really a JSON file?");
            }
            return bytes;
        }
    }

    /** Whether the key is there and not null. */
    public boolean has(String key) {
        asked.add(key);
        return json.hasNonNull(key);
    }

    /**
     * What is read from these settings; complaints that do not name the file gain its name.
     *
     * @param read throws {@link IllegalArgumentException} of values that cannot be followed
     * @throws FolderException if a value cannot be followed or is of another type, or a key asks for what is not supported
     */
    public <T> T as(Function<Config, T> read) {
        try {
            return read.apply(this);
        } catch (IllegalArgumentException e) {
            throw new FolderException(file + ": " + e.getMessage(), e);
        }
    }

    /** The value, or the class's own default where the file is silent. */
    private <T> T or(String key, T fallback, BiFunction<String, JsonNode, T> type) {
        return has(key) ? type.apply(key, json.get(key)) : fallback;
    }

    public int requireInt(String key) {
        return toInt(key, require(key));
    }

    public int intOr(String key, int fallback) {
        return or(key, fallback, this::toInt);
    }

    public double requireDouble(String key) {
        return toDouble(key, require(key));
    }

    public double doubleOr(String key, double fallback) {
        return or(key, fallback, this::toDouble);
    }

    public boolean booleanOr(String key, boolean fallback) {
        return or(key, fallback, this::toBoolean);
    }

    public String stringOr(String key, String fallback) {
        return or(key, fallback, this::toText);
    }

    public String requireString(String key) {
        return toText(key, require(key));
    }

    public List<Integer> intsOr(String key, List<Integer> fallback) {
        return or(key, fallback, (name, values) -> toList(name, values, this::toInt));
    }

    public List<Double> doublesOr(String key, List<Double> fallback) {
        return or(key, fallback, (name, values) -> toList(name, values, this::toDouble));
    }

    public List<Boolean> booleansOr(String key, List<Boolean> fallback) {
        return or(key, fallback, (name, values) -> toList(name, values, this::toBoolean));
    }

    public List<String> stringsOr(String key, List<String> fallback) {
        return or(key, fallback, (name, values) -> toList(name, values, this::toText));
    }

    /** The object under a key; an empty one where the file is silent. */
    public Config objectOrEmpty(String key) {
        JsonNode value = has(key) ? json.get(key) : MAPPER.createObjectNode();
        if (!value.isObject()) {
            throw wrong(key, "an object", value);
        }
        return new Config(file, value, notes);
    }

    /**
     * Refuses a setting this library does not honour, since ignoring it would change the result in silence. An absent or null
     * value passes.
     *
     * @param accepted values as JSON writes them
     * @throws FolderException if the key has another value
     */
    public void refuseUnless(String key, Set<String> accepted) {
        asked.add(key);
        @Nullable JsonNode value = json.get(key);
        if (value != null && !value.isNull() && !accepted.contains(value.asText())) {
            String remedy = accepted.isEmpty() ? "null" : String.join(" or ", new TreeSet<>(accepted));
            throw new FolderException(file + ": " + key + ": is " + shown(value)
                    + ", which bottleneck4j does not support; it reads " + remedy);
        }
    }

    /**
     * How the weights beside it are stored, which {@code quantization_config} says.
     *
     * @throws FolderException if they were quantized by another program, or as this version does not know
     */
    public Quantization quantization() {
        if (!has(QUANTIZATION)) {
            return Quantization.NONE;
        }
        JsonNode value = json.get(QUANTIZATION);
        if (!value.isObject() || !value.path("quant_method").asText().equals(QUANT_METHOD)) {
            throw new FolderException(file + ": " + QUANTIZATION + ": is " + shown(value) + " of quant_method "
                    + shown(value.path("quant_method")) + ", which bottleneck4j does not support; it reads null or "
                    + QUANT_METHOD
                    + ", which its command quantize writes: take the folder that was quantized, or in Python"
                    + " dequantize() the model and save_pretrained(...) it, and use --quantize here");
        }
        try {
            Quantization mode = Quantization.parse(value.path("mode").asText());
            int group = value.path("group_size").asInt(Quantization.GROUP);
            if (mode == Quantization.NONE || group != Quantization.GROUP) {
                throw new FolderException(file + ": " + QUANTIZATION + ": must name a quantization, and groups of "
                        + Quantization.GROUP + ", not " + mode + " and " + group + "; quantize the model again");
            }
            return mode;
        } catch (IllegalArgumentException e) {
            throw new FolderException(file + ": " + QUANTIZATION + ": mode: " + e.getMessage(), e);
        }
    }

    /**
     * The settings of other weights of the same kind, which have no file of their own: with some values replaced, and not quantized.
     *
     * @param place named in messages
     */
    public Config with(Path place, Map<String, ?> values) {
        ObjectNode changed = json.deepCopy();
        changed.remove(QUANTIZATION);
        values.forEach((key, value) -> changed.set(key, MAPPER.valueToTree(value)));
        return new Config(place, changed, notes);
    }

    /** The settings with the weights beside them stated to be quantized. */
    public String quantized(Quantization how) {
        ObjectNode stated = json.deepCopy();
        stated.putObject(QUANTIZATION).put("quant_method", QUANT_METHOD).put("mode", how.toString());
        if (how == Quantization.INT4_WEIGHTS) {
            ((ObjectNode) stated.get(QUANTIZATION)).put("group_size", Quantization.GROUP);
        }
        return stated.toPrettyString() + "\n";
    }

    /**
     * Refuses a second spelling of a setting that says something else than the first. An absent one passes.
     *
     * @param value what was read under the first
     * @throws FolderException if the key has another value
     */
    public void requireEqual(String alias, String key, int value) {
        if (has(alias) && toInt(alias, json.get(alias)) != value) {
            throw new FolderException(file + ": " + alias + ": is " + shown(json.get(alias)) + ", but " + key
                    + ", which says the same, is " + value + "; make them agree");
        }
    }

    /**
     * Accounts for the keys that nobody asked for: those known to have no effect here pass, as do those that begin with an underscore,
     * which Python keeps for itself. Any other is noted, since Python ignores it too.
     *
     * @param owner the class it is the configuration of, for the note
     * @param withoutEffect keys that change no result here
     */
    public void account(String owner, Set<String> withoutEffect) {
        List<String> unknown = new ArrayList<>();
        json.fieldNames().forEachRemaining(key -> {
            if (!asked.contains(key) && !withoutEffect.contains(key) && !key.startsWith("_")) {
                unknown.add(key);
            }
        });
        if (!unknown.isEmpty()) {
            notes.accept(file + ": " + Excerpt.list(unknown) + (unknown.size() == 1 ? " is no key" : " are no keys")
                    + " of " + owner + "; ignored, as Python does");
        }
    }

    private <T> List<T> toList(String key, JsonNode values, BiFunction<String, JsonNode, T> type) {
        if (!values.isArray()) {
            throw wrong(key, "an array", values);
        }
        return values.valueStream().map(value -> type.apply(key, value)).toList();
    }

    private JsonNode require(String key) {
        if (!has(key)) {
            throw new FolderException(file + ": " + key + ": is missing");
        }
        return json.get(key);
    }

    private int toInt(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(key, "a whole number", value);
        }
        return value.intValue();
    }

    private double toDouble(String key, JsonNode value) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(key, "a finite number", value);
        }
        return value.doubleValue();
    }

    private boolean toBoolean(String key, JsonNode value) {
        if (!value.isBoolean()) {
            throw wrong(key, "true or false", value);
        }
        return value.booleanValue();
    }

    private String toText(String key, JsonNode value) {
        if (!value.isTextual()) {
            throw wrong(key, "a string", value);
        }
        return value.textValue();
    }

    private FolderException wrong(String key, String requirement, JsonNode value) {
        return new FolderException(file + ": " + key + ": must be " + requirement + ", not " + shown(value));
    }

    private static String shown(JsonNode value) {
        if (value.isContainerNode()) {
            return value.isArray() ? "an array" : "an object";
        }
        return value.isTextual() ? "the text " + Spelling.quote(value.textValue()) : Spelling.cut(value.asText());
    }
}
