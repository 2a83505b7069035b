package io.bottleneck4j.models.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** The tokenizers library: encodes whole prompts; this class fits them into a length. */
final class NativeTokenizer implements AutoCloseable {
    /** Neither padding nor truncation: they need the full count. */
    private static final Map<String, String> OPTIONS = Map.of("padding", "false", "truncation", "false");

    private final HuggingFaceTokenizer tokenizer;
    private final long padId;
    private final int shortest;

    private NativeTokenizer(HuggingFaceTokenizer tokenizer, long padId, int shortest) {
        this.tokenizer = tokenizer;
        this.padId = padId;
        this.shortest = shortest;
    }

    /**
     * Starts the library on a tokenizer.json.
     *
     * @param shortest how many tokens begin and end a text, which is what an empty prompt takes
     * @throws IllegalArgumentException if the library refuses the text
     */
    static NativeTokenizer of(String json, int padId, int shortest, TokenizerFiles files, String file)
            throws IOException {
        try (var bytes = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))) {
            return new NativeTokenizer(HuggingFaceTokenizer.newInstance(bytes, OPTIONS), padId, shortest);
        } catch (RuntimeException e) {
            String reason =
                    String.valueOf(e.getMessage()).replaceFirst(" at line \\d+ column \\d+$", ""); // not the file's
            throw files.wrong(file, "the tokenizers library refuses it: " + reason, e);
        }
    }

    TokenizedPrompt encode(String prompt, int maxLength) {
        if (maxLength < shortest) {
            throw new IllegalArgumentException("maxLength: must be at least " + shortest + " tokens, not " + maxLength);
        }
        requireWhole(prompt);
        return TokenizedPrompt.fit(tokenizer.encode(prompt, true, false).getIds(), maxLength, padId);
    }

    /** Half a surrogate pair has no UTF-8 form. */
    private static void requireWhole(String prompt) {
        for (int i = 0; i < prompt.length(); i += Character.charCount(prompt.codePointAt(i))) {
            int point = prompt.codePointAt(i);
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                throw new IllegalArgumentException("prompt: must be whole characters, but at index " + i
                        + " is half of a surrogate pair (U+"
                        + Integer.toHexString(point).toUpperCase(Locale.ROOT)
                        + "); remove it, or write the character whole");
            }
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
