package io.bottleneck4j.models.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.bottleneck4j.torch.Natives;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Texts as token ids, by the tokenizers library, fitted into a length; safe for use by several threads. {@link Tokenizers} makes them.
 */
public final class Tokenizer implements AutoCloseable {
    /** Neither padding nor truncation: they need the full count. */
    private static final Map<String, String> OPTIONS = Map.of("padding", "false", "truncation", "false");

    static {
        Natives.prepare();
    }

    /** More than any model's context: each is allocated. */
    private static final int LONGEST = 1 << 20;

    private final HuggingFaceTokenizer library;
    private final Frame frame;
    private final OptionalInt modelMaxLength;

    /**
     * What stands around every text, and after it.
     *
     * @param begins tokens before it
     * @param ends tokens after it
     * @param padId of the token that fills it up to a length
     */
    record Frame(int begins, int ends, int padId) {}

    private Tokenizer(HuggingFaceTokenizer library, Frame frame, OptionalInt modelMaxLength) {
        this.library = library;
        this.frame = frame;
        this.modelMaxLength = modelMaxLength;
    }

    /** Starts the library on a tokenizer.json, made of a file; refuses, naming that, what the library refuses. */
    static Tokenizer of(String json, Frame frame, OptionalInt modelMaxLength, TokenizerFiles files, String file)
            throws IOException {
        try (var bytes = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))) {
            return new Tokenizer(HuggingFaceTokenizer.newInstance(bytes, OPTIONS), frame, modelMaxLength);
        } catch (RuntimeException e) {
            String reason =
                    String.valueOf(e.getMessage()).replaceFirst(" at line \\d+ column \\d+$", ""); // not the file's
            throw files.wrong(file, "the tokenizers library refuses it: " + Excerpt.of(reason, 200), e);
        }
    }

    /**
     * Encodes a text between the tokens that begin and end every text, padded to a length; what does not fit is cut off before the end.
     *
     * @param maxLength tokens, at least those that begin and end a text: 2 for CLIP, 1 for T5 and Llama; and 1 for Qwen
     * @throws IllegalArgumentException if the length is below that, or the text holds half a surrogate pair
     */
    public TokenizedPrompt encode(String text, int maxLength) {
        int shortest = Math.max(1, frame.begins() + frame.ends());
        if (maxLength < shortest) {
            throw new IllegalArgumentException("maxLength: must be at least " + shortest + " tokens, not " + maxLength);
        }
        if (maxLength > LONGEST) {
            throw new IllegalArgumentException("maxLength: must be at most " + LONGEST + " tokens, not " + maxLength
                    + "; is model_max_length in tokenizer_config.json right?");
        }
        return TokenizedPrompt.fit(ids(text), maxLength, frame.padId(), frame.ends());
    }

    /** All ids of a text, with those that begin and end it. */
    long[] ids(String text) {
        requireWhole(text);
        return library.encode(text, true, false).getIds();
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

    /** The longest input that CLIP or T5 is meant for, in tokens; empty if the folder names no limit. */
    public OptionalInt modelMaxLength() {
        return modelMaxLength;
    }

    @Override
    public void close() {
        library.close();
    }
}
