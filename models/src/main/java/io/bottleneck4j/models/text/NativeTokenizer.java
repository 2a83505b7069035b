package io.bottleneck4j.models.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.bottleneck4j.torch.Natives;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** The tokenizers library: encodes whole prompts; this class fits them into a length. */
final class NativeTokenizer implements AutoCloseable {
    /** Neither padding nor truncation: they need the full count. */
    private static final Map<String, String> OPTIONS = Map.of("padding", "false", "truncation", "false");

    static {
        Natives.prepare();
    }
    /** More than any model's context: each is allocated. */
    private static final int LONGEST = 1 << 20;

    private final HuggingFaceTokenizer tokenizer;
    private final long padId;
    private final Frame frame;

    /**
     * How many tokens stand around every text.
     *
     * @param begins before it
     * @param ends after it
     */
    record Frame(int begins, int ends) {}

    private NativeTokenizer(HuggingFaceTokenizer tokenizer, long padId, Frame frame) {
        this.tokenizer = tokenizer;
        this.padId = padId;
        this.frame = frame;
    }

    /**
     * Starts the library on a tokenizer.json.
     *
     * @param frame of every text
     * @throws IllegalArgumentException if the library refuses the text
     */
    static NativeTokenizer of(String json, int padId, Frame frame, TokenizerFiles files, String file)
            throws IOException {
        try (var bytes = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))) {
            return new NativeTokenizer(HuggingFaceTokenizer.newInstance(bytes, OPTIONS), padId, frame);
        } catch (RuntimeException e) {
            String reason =
                    String.valueOf(e.getMessage()).replaceFirst(" at line \\d+ column \\d+$", ""); // not the file's
            throw files.wrong(file, "the tokenizers library refuses it: " + Excerpt.of(reason, 200), e);
        }
    }

    TokenizedPrompt encode(String prompt, int maxLength) {
        int shortest = frame.begins() + frame.ends();
        if (maxLength < shortest) {
            throw new IllegalArgumentException("maxLength: must be at least " + shortest + " tokens, not " + maxLength);
        }
        if (maxLength > LONGEST) {
            throw new IllegalArgumentException("maxLength: must be at most " + LONGEST + " tokens, not " + maxLength
                    + "; is model_max_length in tokenizer_config.json right?");
        }
        return TokenizedPrompt.fit(ids(prompt), maxLength, padId, frame.ends());
    }

    /** All ids of a text, with those that begin and end it. */
    long[] ids(String text) {
        requireWhole(text);
        return tokenizer.encode(text, true, false).getIds();
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
