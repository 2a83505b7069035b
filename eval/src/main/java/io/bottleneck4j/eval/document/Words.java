package io.bottleneck4j.eval.document;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Constants by the words that options and files have for them. */
public final class Words {
    private Words() {}

    /**
     * The value whose text a word is; IllegalArgumentException naming all words and what the word is said of, if there
     * is none.
     */
    public static <T> T named(String what, T[] values, String word) {
        for (T value : values) {
            if (value.toString().equals(word)) {
                return value;
            }
        }
        throw new IllegalArgumentException(what + ": '" + word + "' is unknown; use one of "
                + Arrays.stream(values).map(Object::toString).collect(Collectors.joining(", ")));
    }
}
