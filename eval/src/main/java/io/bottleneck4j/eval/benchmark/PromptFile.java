package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.eval.document.Csv;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of prompts in a benchmark's own format; complaints name it and the place.
 *
 * @param name without its folder
 * @param text its content
 */
record PromptFile(String name, String text) {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    /** The name without its ending. */
    String stem() {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    /**
     * The lines, which end in LF or CRLF, the last one too or not.
     *
     * @throws IllegalArgumentException if one is empty
     */
    List<String> lines() {
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                throw wrong("line " + (i + 1), "is empty; remove it");
            }
        }
        return lines;
    }

    /** The lines of comma-separated values, the head first. */
    List<List<String>> rows() {
        try {
            return Csv.rows(text.isEmpty() || text.endsWith("\n") ? text : text + "\n");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /** The items of a file that is one JSON list. */
    List<JsonNode> list() {
        JsonNode root = parse("the file", text);
        if (!root.isArray()) {
            throw wrong("the file", "must be a JSON list");
        }
        List<JsonNode> items = new ArrayList<>();
        root.forEach(items::add);
        return items;
    }

    /** A text that is one JSON object. */
    JsonNode object(String place, String text) {
        JsonNode json = parse(place, text);
        if (!json.isObject()) {
            throw wrong(place, "must be a JSON object");
        }
        return json;
    }

    private JsonNode parse(String place, String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw wrong(place, "is cut off or is not JSON: " + e.getOriginalMessage());
        }
    }

    /**
     * A text of an object.
     *
     * @param place of the object, for messages
     * @throws IllegalArgumentException if there is none, or it is empty
     */
    String text(String place, JsonNode object, String key) {
        return text(place + ": '" + key + "'", object.path(key));
    }

    /** A text, not empty. */
    String text(String place, JsonNode json) {
        if (!json.isTextual() || json.textValue().isBlank()) {
            throw wrong(place, "must be a text that is not empty");
        }
        return json.textValue();
    }

    /** What is wrong with a place of this file. */
    IllegalArgumentException wrong(String place, String what) {
        return new IllegalArgumentException(name + ": " + place + " " + what);
    }
}
