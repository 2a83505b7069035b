package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The tokenizer of a folder's tokenizer.json, all of which counts; safe for use by several threads.
 *
 * <p>This is what transformers 4, and AutoTokenizer of transformers 5, make of such a file. LlamaTokenizer of transformers 5.23.0 puts
 * SentencePiece's steps in place of those that Llama 3's file names, and so gives other ids than the models were trained with.
 */
public final class LlamaTokenizer implements AutoCloseable {
    private static final String BEGIN = "bos_token";
    private static final String PAD = "pad_token";

    private final NativeTokenizer tokenizer;

    private LlamaTokenizer(NativeTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Opens the tokenizer of a folder.
     *
     * @throws IllegalArgumentException if a file is missing or malformed, the folder's settings name a token that tokenizer.json
     *     does not have, or texts are not framed by the begin token alone; the message names the file
     * @throws IOException if a file cannot be read
     */
    public static LlamaTokenizer open(Path folder) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        files.requireSupported();
        requireBeginOnly(files);
        String text = files.text(TokenizerJson.FILE);
        JsonNode listed = TokenizerJson.of(text, files).added();
        SpecialTokens tokens = SpecialTokens.read(files, Map.of(), 0, listed);
        Map<String, Integer> ids = new HashMap<>();
        listed.forEach(token ->
                ids.put(token.path("content").asText(), token.path("id").asInt()));
        tokens.added().forEach(token -> requireListed(token, ids, files));
        int begin = id(BEGIN, tokens, ids, files);
        int pad = id(PAD, tokens, ids, files);
        NativeTokenizer opened =
                NativeTokenizer.of(text, pad, new NativeTokenizer.Frame(1, 0), files, TokenizerJson.FILE);
        try {
            requireFrame(opened, begin, files);
            return new LlamaTokenizer(opened);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * Where the settings name one of the two, Python builds the frame of every text anew from both, and takes an absent one for false.
     * Source: transformers tokenization_utils_tokenizers.py@5.23.0, {@code update_post_processor}.
     */
    private static void requireBeginOnly(TokenizerFiles files) throws IOException {
        JsonNode settings = files.settings();
        boolean named = settings.has("add_bos_token") || settings.has("add_eos_token");
        if (named
                && (!settings.path("add_bos_token").asBoolean()
                        || settings.path("add_eos_token").asBoolean())) {
            throw new IllegalArgumentException(files.folder().resolve(TokenizerFiles.SETTINGS)
                    + ": add_bos_token must be true and add_eos_token false, where one of them is there; bottleneck4j"
                    + " reads texts that begin with the begin token and end with nothing");
        }
    }

    private static void requireListed(AddedToken token, Map<String, Integer> ids, TokenizerFiles files) {
        if (!ids.containsKey(token.content())) {
            throw files.wrong(
                    TokenizerJson.FILE,
                    "must list " + Excerpt.of(token.content(), 60) + ", which the folder's settings name, as added");
        }
    }

    private static int id(String key, SpecialTokens tokens, Map<String, Integer> ids, TokenizerFiles files) {
        AddedToken token = tokens.named().get(key);
        if (token == null) {
            throw files.wrong(TokenizerFiles.SETTINGS, "must name the " + key);
        }
        requireListed(token, ids, files);
        return ids.getOrDefault(token.content(), -1);
    }

    private static void requireFrame(NativeTokenizer opened, int begin, TokenizerFiles files) {
        long[] empty = opened.ids("");
        long[] letter = opened.ids("a");
        if (empty.length != 1 || empty[0] != begin || letter[0] != begin) {
            throw files.wrong(
                    TokenizerJson.FILE,
                    "post_processor must begin texts with the " + BEGIN + " and end them with nothing");
        }
    }

    /**
     * Encodes a text after the begin token, padded to a length.
     *
     * @param maxLength tokens, at least 1; what does not fit is cut off
     * @throws IllegalArgumentException if the length is below 1, or the text holds half a surrogate pair
     */
    public TokenizedPrompt encode(String text, int maxLength) {
        return tokenizer.encode(text, maxLength);
    }

    /** All ids of a text after the begin token. */
    long[] ids(String text) {
        return tokenizer.ids(text);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
