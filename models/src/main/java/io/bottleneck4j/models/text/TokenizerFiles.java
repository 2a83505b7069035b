package io.bottleneck4j.models.text;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.torch.io.Excerpt;
import io.bottleneck4j.torch.io.ForeignFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of one tokenizer's folder, with errors that name them. */
record TokenizerFiles(Path folder) {
    static final ObjectMapper JSON = new ObjectMapper();
    /** The settings beside the tokens. */
    static final String SETTINGS = "tokenizer_config.json";

    /** From here on Python writes "no limit". Source: transformers 5.23.0, LARGE_INTEGER. */
    private static final double NO_LIMIT = 1e20;

    private static final Set<String> OFF = Set.of("", "null", "false");
    /** Settings that give a text other ids, or the tokenizer other tokens, if they are set; none of them is followed here. */
    private static final Set<String> REFUSED = Set.of(
            ("split_special_tokens fix_mistral_regex model_specific_special_tokens gguf_file vocab merges post_processor"
                            + " tokenizer_object tokenizer_padding tokenizer_truncation")
                    .split(" ", -1));

    /** A text that is shipped beside this class. */
    static String resource(String name) {
        try (InputStream in = TokenizerFiles.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the jar; install bottleneck4j again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String name) {
        return Files.isRegularFile(folder.resolve(name));
    }

    /** A whole text file; refuses one that is not there, or not UTF-8. */
    String text(String name) throws IOException {
        if (!has(name)) {
            throw new IllegalArgumentException(
                    folder.resolve(name) + ": the tokenizer needs this file, and it is not there; download the folder "
                            + "again with it, or name another model");
        }
        Optional<String> placeholder = ForeignFile.placeholder(folder.resolve(name));
        if (placeholder.isPresent()) {
            throw new IllegalArgumentException(folder.resolve(name) + ": " + placeholder.get());
        }
        try {
            return Files.readString(folder.resolve(name));
        } catch (CharacterCodingException e) {
            throw wrong(name, "must be UTF-8 text, and is not", e);
        }
    }

    /** A small JSON file, or an empty object if there is none; refuses what is no object. */
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

    /** The settings of tokenizer_config.json, or an empty object if there are none. */
    JsonNode settings() throws IOException {
        return objectOrEmpty(SETTINGS);
    }

    /**
     * Does nothing if the settings ask for nothing that changes ids and is not followed here. The others that Python has either are read,
     * or say how to decode, to fill up or to call; those that Python does not know it keeps and does not look at.
     *
     * @param more settings of one class that would give a text other ids, too, and are not followed
     * @throws IllegalArgumentException naming the setting
     */
    void requireSupported(String... more) throws IOException {
        JsonNode settings = settings();
        for (String key : List.of("padding_side", "truncation_side")) {
            String side = settings.path(key).asText("right");
            if (!side.equals("right")) {
                throw new IllegalArgumentException(folder.resolve(SETTINGS) + ": " + key + " must be \"right\", not \""
                        + Excerpt.of(side, 60) + "\"; other sides are not supported");
            }
        }
        for (String key : Stream.concat(REFUSED.stream(), Arrays.stream(more)).toList()) {
            JsonNode value = settings.path(key);
            boolean set = value.isContainerNode() ? !value.isEmpty() : !OFF.contains(value.asText(""));
            if (set) {
                throw new IllegalArgumentException(folder.resolve(SETTINGS) + ": " + key + ": is "
                        + Excerpt.of(value.toString(), 60) + ", which bottleneck4j does not support; take it out if the"
                        + " model was not trained with it");
            }
        }
    }

    /** The longest input that the model is meant for, in tokens; empty if the folder names no limit. */
    OptionalInt modelMaxLength() throws IOException {
        JsonNode settings = settings();
        JsonNode length =
                settings.hasNonNull("model_max_length") ? settings.get("model_max_length") : settings.get("max_len");
        if (length == null || length.isNull() || (length.isNumber() && length.doubleValue() > NO_LIMIT)) {
            return OptionalInt.empty();
        }
        if (!length.isIntegralNumber() || !length.canConvertToInt() || length.intValue() < 1) {
            throw wrong(
                    SETTINGS, "model_max_length must be a positive integer, not " + Excerpt.of(length.toString(), 60));
        }
        return OptionalInt.of(length.intValue());
    }

    IllegalArgumentException notJson(String name, JsonProcessingException e) {
        JsonLocation place = e.getLocation();
        String line = place == null ? "" : "in line " + place.getLineNr() + ": ";
        return wrong(name, "must be JSON, but " + line + Excerpt.of(Excerpt.json(e.getOriginalMessage()), 200), e);
    }

    IllegalArgumentException wrong(String name, String what) {
        return wrong(name, what, null);
    }

    IllegalArgumentException wrong(String name, String what, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                folder.resolve(name) + ": " + what + "; the file is damaged or of another kind: download it again",
                cause);
    }
}
