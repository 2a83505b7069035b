package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.torch.io.Excerpt;

/**
 * A token that is found in the text before the vocabulary is asked. Source: tokenizers 0.23.3, AddedToken; an absent
 * {@code normalized} is the opposite of {@code special}, as there.
 */
record AddedToken(
        String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {

    /** A special token of which only the text is known. */
    static AddedToken special(String content) {
        return new AddedToken(content, false, false, false, false, true);
    }

    /** Reads a string, or an object with the flags. */
    static AddedToken of(JsonNode value, boolean specialWhenAbsent, TokenizerFiles files, String file) {
        if (value.isTextual()) {
            return special(value.textValue());
        }
        JsonNode content = value.get("content");
        if (content == null || !content.isTextual()) {
            throw files.wrong(
                    file,
                    "a token must be a string or an object with a string \"content\", not "
                            + Excerpt.of(value.toString(), 60));
        }
        boolean special = flag(value, "special", specialWhenAbsent);
        return new AddedToken(
                content.textValue(),
                flag(value, "single_word", false),
                flag(value, "lstrip", false),
                flag(value, "rstrip", false),
                flag(value, "normalized", !special),
                special);
    }

    private static boolean flag(JsonNode value, String key, boolean absent) {
        return value.path(key).asBoolean(absent);
    }

    ObjectNode json(int id) {
        return TokenizerFiles.JSON
                .createObjectNode()
                .put("id", id)
                .put("content", content)
                .put("single_word", singleWord)
                .put("lstrip", lstrip)
                .put("rstrip", rstrip)
                .put("normalized", normalized)
                .put("special", special);
    }
}
