package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.Config;
import java.nio.file.Files;
import java.util.OptionalInt;

/** How many tokens a tokenizer's folder states as its model's limit. */
final class TokenizerLimits {
    private static final String FILE = "tokenizer_config.json";

    private TokenizerLimits() {}

    /** Tokens that FLUX's transformer sees where none are given: what the T5 tokenizer states, at most 512. */
    static int textTokens(ComponentFolder tokenizer) {
        int most = Request.MAX_SEQUENCE_LENGTH;
        return Math.min(most, modelMaxLength(tokenizer).orElse(most));
    }

    /** {@code model_max_length}; absent, too, where transformers writes 1e30 for "none". */
    static OptionalInt modelMaxLength(ComponentFolder tokenizer) {
        if (!Files.exists(tokenizer.path().resolve(FILE))) {
            return OptionalInt.empty();
        }
        Config config = tokenizer.config(FILE);
        double stated = config.doubleOr("model_max_length", Double.MAX_VALUE);
        return stated >= 1 && stated <= Integer.MAX_VALUE ? OptionalInt.of((int) stated) : OptionalInt.empty();
    }
}
