package io.bottleneck4j.eval.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code run.json}.
 *
 * @param file for messages
 * @param json its content
 */
record RunJson(Path file, JsonNode json) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /**
     * The run of a file.
     *
     * @throws IllegalArgumentException naming the file, if it is missing, damaged, or says what cannot be
     */
    static RunRecord read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": is missing; name a folder that 'evaluate generate' made");
        }
        JsonNode json;
        try {
            json = MAPPER.readTree(Files.readString(file));
        } catch (JsonProcessingException | CharacterCodingException e) {
            throw new IllegalArgumentException(
                    file + ": is cut off or is not JSON; name a folder that 'evaluate" + " generate' made", e);
        }
        if (!json.path("format").asText().equals(RunRecord.FORMAT)) {
            throw new IllegalArgumentException(file + ": is no '" + RunRecord.FORMAT
                    + "'; name a folder that this version of 'evaluate generate' made");
        }
        try {
            return new RunJson(file, json).run();
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith(file + ": ") ? e : new IllegalArgumentException(file + ": " + message, e);
        }
    }

    private RunRecord run() {
        JsonNode prompts = node(json, "prompts");
        List<String> stages = new ArrayList<>();
        node(json, "stages").forEach(stage -> stages.add(stage.asText()));
        Map<String, String> settings = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> one : node(json, "settings").properties()) {
            settings.put(one.getKey(), one.getValue().asText());
        }
        return new RunRecord(
                text(json, "benchmark"),
                text(json, "model"),
                text(json, "plan"),
                stages,
                whole(json, "forwards"),
                number(json, "flops").doubleValue(),
                whole(json, "width"),
                whole(json, "height"),
                whole(json, "frames"),
                text(json, "dtype"),
                settings,
                new RunRecord.PromptSet(text(prompts, "file"), text(prompts, "sha256"), whole(prompts, "count")),
                whole(json, "samples"),
                number(json, "seed").longValue(),
                whole(json, "shards"),
                text(json, "machine"),
                text(json, "version"));
    }

    private JsonNode node(JsonNode parent, String key) {
        JsonNode node = parent.path(key);
        if (node.isMissingNode() || node.isNull()) {
            throw new IllegalArgumentException(file + ": has no '" + key + "'; make the run again");
        }
        return node;
    }

    private String text(JsonNode parent, String key) {
        JsonNode node = node(parent, key);
        if (!node.isTextual()) {
            throw new IllegalArgumentException(file + ": '" + key + "' must be text, not " + node);
        }
        return node.textValue();
    }

    private JsonNode number(JsonNode parent, String key) {
        JsonNode node = node(parent, key);
        if (!node.isNumber()) {
            throw new IllegalArgumentException(file + ": '" + key + "' must be a number, not " + node);
        }
        return node;
    }

    private int whole(JsonNode parent, String key) {
        JsonNode node = number(parent, key);
        if (!node.canConvertToInt() || !node.isIntegralNumber()) {
            throw new IllegalArgumentException(file + ": '" + key + "' must be a whole number, not " + node);
        }
        return node.intValue();
    }
}
