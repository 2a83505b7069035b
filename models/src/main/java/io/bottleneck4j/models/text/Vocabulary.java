package io.bottleneck4j.models.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A vocabulary as it stands in its file, and the ids of the few tokens asked for. The text goes to the native tokenizer as
 * it is, so that tens of thousands of tokens are neither kept nor written again.
 *
 * @param json an object {@code {"token": id, ...}}, or a list {@code [["token", score], ...]}
 * @param size how many tokens it holds
 * @param ids the ids of the added tokens, those outside the vocabulary numbered from its end
 */
record Vocabulary(String json, int size, Map<String, Integer> ids) {

    int id(AddedToken token) {
        Integer id = ids.get(token.content());
        if (id == null) {
            throw new IllegalStateException(token.content() + ": not among the added tokens");
        }
        return id;
    }

    /** The added tokens as tokenizer.json lists them. */
    String added(List<AddedToken> tokens) {
        ArrayNode list = TokenizerFiles.JSON.createArrayNode();
        tokens.forEach(token -> list.add(token.json(id(token))));
        return list.toString();
    }

    /** A token as post-processors name it: {@code ["token", id]}. */
    String pair(AddedToken token) {
        return TokenizerFiles.JSON
                .createArrayNode()
                .add(token.content())
                .add(id(token))
                .toString();
    }

    /** Reads an object {@code {"token": id, ...}}. */
    static Vocabulary ofIds(String json, Collection<AddedToken> added, TokenizerFiles files, String file)
            throws IOException {
        return read(json, added, files, file, JsonToken.START_OBJECT);
    }

    /** Reads a list {@code [["token", score], ...]}, where the place is the id. */
    static Vocabulary ofScores(String json, Collection<AddedToken> added, TokenizerFiles files, String file)
            throws IOException {
        return read(json, added, files, file, JsonToken.START_ARRAY);
    }

    private static Vocabulary read(
            String json, Collection<AddedToken> added, TokenizerFiles files, String file, JsonToken kind)
            throws IOException {
        Set<String> wanted = new HashSet<>();
        added.forEach(token -> wanted.add(token.content()));
        Map<String, Integer> ids = new HashMap<>();
        int size;
        try (JsonParser parser = TokenizerFiles.JSON.createParser(json)) {
            if (parser.nextToken() != kind) {
                throw files.wrong(
                        file,
                        "the vocabulary must be a JSON "
                                + (kind == JsonToken.START_OBJECT ? "object of ids" : "list of [token, score]"));
            }
            size = kind == JsonToken.START_OBJECT
                    ? scanIds(parser, wanted, ids, files, file)
                    : scanScores(parser, wanted, ids, files, file);
        } catch (JsonProcessingException e) {
            throw files.notJson(file, e);
        }
        int next = size;
        for (AddedToken token : added) {
            if (ids.putIfAbsent(token.content(), next) == null) {
                next++;
            }
        }
        return new Vocabulary(json, size, ids);
    }

    private static int scanIds(
            JsonParser parser, Set<String> wanted, Map<String, Integer> ids, TokenizerFiles files, String file)
            throws IOException {
        int size = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String token = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 0) {
                throw files.wrong(file, "the id of \"" + Excerpt.of(token, 60) + "\" must be an integer from 0");
            }
            if (wanted.contains(token)) {
                ids.put(token, parser.getIntValue());
            }
            size++;
        }
        return size;
    }

    private static int scanScores(
            JsonParser parser, Set<String> wanted, Map<String, Integer> ids, TokenizerFiles files, String file)
            throws IOException {
        int size = 0;
        while (parser.nextToken() == JsonToken.START_ARRAY) {
            String token = parser.nextTextValue();
            if (token == null || !parser.nextToken().isNumeric() || parser.nextToken() != JsonToken.END_ARRAY) {
                throw files.wrong(file, "entry " + size + " of the vocabulary must be [token, score]");
            }
            if (wanted.contains(token)) {
                ids.put(token, size);
            }
            size++;
        }
        if (parser.currentToken() != JsonToken.END_ARRAY) {
            throw files.wrong(file, "entry " + size + " of the vocabulary must be [token, score]");
        }
        return size;
    }
}
