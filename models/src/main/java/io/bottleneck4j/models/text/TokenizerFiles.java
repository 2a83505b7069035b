package io.bottleneck4j.models.text;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of one tokenizer's folder, with errors that name them. */
record TokenizerFiles(Path folder) {
    static final ObjectMapper JSON = new ObjectMapper();

    boolean has(String name) {
        return Files.isRegularFile(folder.resolve(name));
    }

    /**
     * A whole text file.
     *
     * @throws IllegalArgumentException if there is none, or it is not UTF-8
     */
    String text(String name) throws IOException {
        if (!has(name)) {
            throw new IllegalArgumentException(
                    folder.resolve(name) + ": the tokenizer needs this file, and it is not there; download the folder "
                            + "again with it, or name another model");
        }
        try {
            return Files.readString(folder.resolve(name));
        } catch (CharacterCodingException e) {
            throw wrong(name, "must be UTF-8 text, and is not", e);
        }
    }

    /**
     * A small JSON file, or an empty object if there is none.
     *
     * @throws IllegalArgumentException if it is not a JSON object
     */
    JsonNode objectOrEmpty(String name) throws IOException {
        if (!has(name)) {
            return JSON.createObjectNode();
        }
        try {
            JsonNode value = JSON.readTree(text(name));
            if (!value.isObject()) {
                throw wrong(name, "must be a JSON object, not " + value.getNodeType());
            }
            return value;
        } catch (JsonProcessingException e) {
            throw notJson(name, e);
        }
    }

    IllegalArgumentException notJson(String name, JsonProcessingException e) {
        JsonLocation place = e.getLocation();
        String line = place == null ? "" : "in line " + place.getLineNr() + ": ";
        return wrong(name, "must be JSON, but " + line + e.getOriginalMessage(), e);
    }

    IllegalArgumentException wrong(String name, String what) {
        return new IllegalArgumentException(message(name, what));
    }

    IllegalArgumentException wrong(String name, String what, Throwable cause) {
        return new IllegalArgumentException(message(name, what), cause);
    }

    private String message(String name, String what) {
        return folder.resolve(name) + ": " + what + "; the file is damaged or of another kind: download it again";
    }
}
