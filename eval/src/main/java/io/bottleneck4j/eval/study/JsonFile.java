package io.bottleneck4j.eval.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * A JSON file of a known format; whatever is wrong with it is told with its name.
 *
 * @param file for messages
 * @param root its content
 * @param remedy what to do if it is damaged
 */
record JsonFile(Path file, JsonNode root, String remedy) {

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException naming the file, if it is missing, no JSON, or of another format
     */
    static JsonFile read(Path file, String format, String remedy) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": is missing; " + remedy);
        }
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(Files.readString(file));
        } catch (JsonProcessingException | CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": is cut off or is not JSON; " + remedy, e);
        }
        if (!root.path("format").asText().equals(format)) {
            throw new IllegalArgumentException(file + ": is no '" + format + "'; " + remedy);
        }
        return new JsonFile(file, root, remedy);
    }

    /** What is made of the content; a complaint gets the file's name. */
    <T> T parsed(Supplier<T> parse) {
        try {
            return parse.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage() + "; " + remedy, e);
        }
    }

    JsonNode items(JsonNode parent, String key) {
        JsonNode node = parent.path(key);
        if (!node.isArray()) {
            throw new IllegalArgumentException("'" + key + "' must be a list");
        }
        return node;
    }

    String text(JsonNode parent, String key) {
        JsonNode node = parent.path(key);
        if (!node.isTextual()) {
            throw new IllegalArgumentException("'" + key + "' must be text, not " + node);
        }
        return node.textValue();
    }

    int whole(JsonNode parent, String key) {
        JsonNode node = parent.path(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw new IllegalArgumentException("'" + key + "' must be a whole number, not " + node);
        }
        return node.intValue();
    }
}
