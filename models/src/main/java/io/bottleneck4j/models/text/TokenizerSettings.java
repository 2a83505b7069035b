package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * The settings of tokenizer_config.json that matter beside the tokens.
 *
 * @param modelMaxLength tokens, empty if the folder names no limit
 */
record TokenizerSettings(OptionalInt modelMaxLength) {
    static final String FILE = "tokenizer_config.json";
    /** From here on Python writes "no limit". Source: transformers 5.23.0, LARGE_INTEGER. */
    private static final double NO_LIMIT = 1e20;

    static TokenizerSettings read(TokenizerFiles files) throws IOException {
        JsonNode config = files.objectOrEmpty(FILE);
        requireRight(config, "padding_side", files);
        requireRight(config, "truncation_side", files);
        JsonNode length =
                config.hasNonNull("model_max_length") ? config.get("model_max_length") : config.get("max_len");
        if (length == null || length.isNull() || (length.isNumber() && length.doubleValue() > NO_LIMIT)) {
            return new TokenizerSettings(OptionalInt.empty());
        }
        if (!length.isIntegralNumber() || !length.canConvertToInt() || length.intValue() < 1) {
            throw files.wrong(FILE, "model_max_length must be a positive integer, not " + length);
        }
        return new TokenizerSettings(OptionalInt.of(length.intValue()));
    }

    private static void requireRight(JsonNode config, String key, TokenizerFiles files) {
        String side = config.path(key).asText("right");
        if (!side.equals("right")) {
            throw new IllegalArgumentException(files.folder().resolve(FILE) + ": " + key + " must be \"right\", not \""
                    + side + "\"; other sides are not supported");
        }
    }
}
