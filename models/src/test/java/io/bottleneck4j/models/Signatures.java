package io.bottleneck4j.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.bottleneck4j.models.folder.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** The keys of the Python classes' configurations, as tools/golden/signatures.py found them, and what readers here make of each. */
public final class Signatures {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNode ALL = read();

    private Signatures() {}

    private static JsonNode read() {
        try {
            return JSON.readTree(Path.of("../models/src/test/resources/manifests/signatures.json")
                    .toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Defaults of a class by key. */
    public static Map<String, JsonNode> of(String className) {
        Map<String, JsonNode> keys = new LinkedHashMap<>();
        Objects.requireNonNull(ALL.get("classes").get(className), className)
                .properties()
                .forEach(key -> keys.put(key.getKey(), key.getValue()));
        return keys;
    }

    /** Names at a place in the file. */
    public static Set<String> names(String... place) {
        JsonNode at = ALL;
        for (String step : place) {
            at = Objects.requireNonNull(at.get(step), step);
        }
        TreeSet<String> names = new TreeSet<>();
        at.forEach(name -> names.add(name.asText()));
        return names;
    }

    /** Every key that a pipeline reads of a component's configuration by itself. */
    public static Set<String> readByPipeline(String pipeline, String component) {
        return names("read_by_pipelines", pipeline, component);
    }

    /**
     * What a reader does with each key when its value is another than the default: {@code used}, {@code refused}, {@code noted} as
     * unknown, or {@code passed over}, which it has to have a reason for.
     */
    public static Map<String, String> fates(Map<String, JsonNode> defaults, Function<Config, ?> reader) {
        Object base = reader.apply(new Config(Path.of("config.json"), object(defaults), note -> {}));
        Map<String, String> fates = new TreeMap<>();
        defaults.forEach((key, value) -> {
            ObjectNode changed = object(defaults);
            changed.set(key, other(value));
            fates.put(key, fate(key, changed, reader, base));
        });
        return fates;
    }

    private static String fate(String key, ObjectNode changed, Function<Config, ?> reader, Object base) {
        List<String> notes = new ArrayList<>();
        try {
            Object read = reader.apply(new Config(Path.of("config.json"), changed, notes::add));
            if (!notes.isEmpty()) {
                return "noted";
            }
            return read.equals(base) ? "passed over" : "used";
        } catch (RuntimeException e) {
            // A number may be refused together with another, but by name.
            return String.valueOf(e.getMessage()).contains(key)
                    ? "refused"
                    : "refused without a name: " + e.getMessage();
        }
    }

    private static ObjectNode object(Map<String, JsonNode> keys) {
        ObjectNode object = JSON.createObjectNode();
        keys.forEach((key, value) -> object.set(key, value.deepCopy()));
        return object;
    }

    private static JsonNode other(JsonNode value) {
        if (value.isBoolean()) {
            return BooleanNode.valueOf(!value.booleanValue());
        }
        if (value.isInt()) {
            return IntNode.valueOf(value.intValue() == 0 ? 1 : 2 * value.intValue());
        }
        if (value.isDouble()) {
            return DoubleNode.valueOf(value.doubleValue() == 0 ? 0.5 : value.doubleValue() / 2);
        }
        if (value.isTextual()) {
            return TextNode.valueOf("another");
        }
        if (value.isArray()) {
            ArrayNode array = value.deepCopy();
            array.set(0, other(value.get(0)));
            return array;
        }
        return IntNode.valueOf(7);
    }
}
