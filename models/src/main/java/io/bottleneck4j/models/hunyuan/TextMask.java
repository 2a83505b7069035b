package io.bottleneck4j.models.hunyuan;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;

/** What a tokenizer's mask says: tokens first, padding behind. */
final class TextMask {
    private TextMask() {}

    /**
     * The states that are no padding: states [1, L, D] → [1, Lt, D].
     *
     * @param mask [1, L], integers: 1 for a token, 0 for padding
     * @throws IllegalArgumentException if the mask does not fit, or is not some ones, then zeros
     */
    static Tensor unpadded(Tensor states, Tensor mask) {
        return states.until(1, tokens(states, mask));
    }

    private static long tokens(Tensor states, Tensor mask) {
        long[] values;
        try (Scope scope = Scope.open()) {
            values = mask.toLongs();
        }
        if (values.length != states.size(1)) {
            throw new IllegalArgumentException("mask: must have an entry for each of the " + states.size(1)
                    + " text states, has " + values.length);
        }
        int tokens = 0;
        while (tokens < values.length && values[tokens] == 1) {
            tokens++;
        }
        for (int i = tokens; i < values.length; i++) {
            if (values[i] != 0) {
                throw new IllegalArgumentException("mask: must be ones for the tokens, then zeros for the padding, has "
                        + values[i] + " at " + i + " after " + tokens + " ones; pad on the right");
            }
        }
        if (tokens == 0) {
            throw new IllegalArgumentException("mask: must have at least 1 token, has none; give a text");
        }
        return tokens;
    }
}
