package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.text.Tokenizer.Frame;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The text encoders' tokenizers, each of its folder's files as its Python class reads them. Those classes take vocabulary, merges and added
 * tokens from the files and build all else themselves; so do the JSON files beside this class, in which {@code "@name"} is filled in.
 *
 * <p>All throw {@link IllegalArgumentException} if a file is missing or malformed, naming it, and {@link IOException} if it cannot be read.
 * Source: transformers 5.23.0, CLIPTokenizer, Qwen2Tokenizer, T5Tokenizer and BertTokenizer in their tokenization_*.py.
 */
public final class Tokenizers {
    private static final Map<String, String> CLIP_TOKENS = Map.of(
            "unk_token", "<|endoftext|>",
            "bos_token", "<|startoftext|>",
            "eos_token", "<|endoftext|>",
            "pad_token", "<|endoftext|>");
    private static final Map<String, String> QWEN2_TOKENS = Map.of(
            "unk_token", "<|endoftext|>",
            "eos_token", "<|endoftext|>",
            "pad_token", "<|endoftext|>");
    private static final Map<String, String> T5_TOKENS =
            Map.of("eos_token", "</s>", "unk_token", "<unk>", "pad_token", "<pad>");
    private static final int T5_EXTRA_IDS = 100;
    private static final String BERT_FILE = "vocab.txt";
    private static final List<AddedToken> BERT_TOKENS = Stream.of("[PAD]", "[CLS]", "[SEP]", "[UNK]")
            .map(AddedToken::special)
            .toList();
    private static final Pattern PART = Pattern.compile("\"@(\\w+)\"");

    private Tokenizers() {}

    /** One of the methods here. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(Path folder) throws IOException;
    }

    /**
     * What one of the methods here reads of a folder; a file that is missing or malformed is a {@link FolderException}.
     */
    public static <T> T read(Path folder, Reader<T> reader) {
        try {
            return reader.read(folder);
        } catch (IOException | IllegalArgumentException e) {
            throw new FolderException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The longest input that CLIP or T5 is meant for, in tokens; empty if the folder names no limit. */
    public static OptionalInt modelMaxLength(Path folder) throws IOException {
        return new TokenizerFiles(folder).modelMaxLength();
    }

    /** CLIP's byte-level BPE, of vocab.json and merges.txt or of tokenizer.json. */
    public static Tokenizer clip(Path folder) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        files.requireSupported();
        Pairs pairs = Pairs.read(files, CLIP_TOKENS);
        Map<String, String> more = Map.of(
                "begin", pairs.vocabulary().pair(pairs.tokens().get("bos_token")),
                "end", pairs.vocabulary().pair(pairs.tokens().get("eos_token")),
                "unknown",
                        TokenizerFiles.JSON.writeValueAsString(
                                pairs.tokens().get("unk_token").content()));
        return pairs.tokenizer("clip.json", more, 1, 1, files);
    }

    /**
     * The byte-level BPE of Qwen 2 and 3, of vocab.json and merges.txt or of tokenizer.json; nothing begins or ends a text.
     *
     * @throws IllegalArgumentException too if the folder's files put tokens before or after every text
     */
    public static Tokenizer qwen2(Path folder) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        files.requireSupported("add_prefix_space", "add_bos_token", "add_eos_token");
        Pairs pairs = Pairs.read(files, QWEN2_TOKENS);
        if (pairs.model().framesTexts()) {
            throw files.wrong(TokenizerJson.FILE, "post_processor must begin and end texts with nothing");
        }
        return pairs.tokenizer("qwen2.json", Map.of(), 0, 0, files);
    }

    /** What byte-pair tokenizers are made of. */
    private record Pairs(TokenizerJson model, SpecialTokens tokens, Vocabulary vocabulary) {
        /** Reads tokenizer.json or, without it, the older two files. */
        static Pairs read(TokenizerFiles files, Map<String, String> defaults) throws IOException {
            String file = files.has(TokenizerJson.FILE) ? TokenizerJson.FILE : TokenizerJson.VOCABULARY;
            TokenizerJson model =
                    files.has(TokenizerJson.FILE) ? TokenizerJson.read(files) : TokenizerJson.ofPair(files);
            SpecialTokens tokens = SpecialTokens.read(files, defaults, 0, model.added());
            Vocabulary vocabulary = Vocabulary.ofIds(model.vocabulary(), tokens.added(), files, file);
            if (model.merges().isEmpty()) {
                throw files.wrong(file, "must have model.merges");
            }
            return new Pairs(model, tokens, vocabulary);
        }

        /**
         * Starts the library on the JSON file of a class.
         *
         * @param more parts of it
         */
        Tokenizer tokenizer(String name, Map<String, String> more, int begins, int ends, TokenizerFiles files)
                throws IOException {
            Map<String, String> parts = new HashMap<>(more);
            parts.put("added", vocabulary.added(tokens.added()));
            parts.put("vocabulary", vocabulary.json());
            parts.put("merges", model.merges());
            return Tokenizer.of(
                    composed(name, parts),
                    new Frame(begins, ends, vocabulary.id(tokens.get("pad_token"))),
                    files.modelMaxLength(),
                    files,
                    files.has(TokenizerJson.FILE) ? TokenizerJson.FILE : TokenizerJson.PAIR);
        }
    }

    /**
     * T5's unigrams, of tokenizer.json. As in Python, only the vocabulary, the added tokens and a precompiled character map are taken from
     * that file; another normalizer or pre-tokenizer in it is not used.
     */
    public static Tokenizer t5(Path folder) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        files.requireSupported();
        OptionalInt longest = files.modelMaxLength();
        TokenizerJson model = TokenizerJson.read(files);
        SpecialTokens tokens = SpecialTokens.read(files, T5_TOKENS, T5_EXTRA_IDS, model.added());
        Vocabulary vocabulary = Vocabulary.ofScores(model.vocabulary(), tokens.added(), files, TokenizerJson.FILE);
        String characters = CharacterMap.of(model.normalizer(), files);
        Map<String, String> parts = Map.of(
                "added", vocabulary.added(tokens.added()),
                "normalizer",
                        characters.isEmpty()
                                ? "null"
                                : "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"" + characters + "\"}",
                "end", String.valueOf(vocabulary.id(tokens.get("eos_token"))),
                "vocabulary", vocabulary.json());
        Frame frame = new Frame(0, 1, vocabulary.id(tokens.get("pad_token")));
        return Tokenizer.of(composed("t5.json", parts), frame, longest, files, TokenizerJson.FILE);
    }

    /**
     * BERT's word pieces for text of any case, of vocab.txt.
     *
     * @param more special tokens outside the vocabulary, numbered after it
     */
    public static Tokenizer bert(Path folder, List<String> more) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        Map<String, Integer> ids = new LinkedHashMap<>();
        files.text(BERT_FILE).lines().forEach(token -> ids.put(token, ids.size()));
        for (AddedToken token : BERT_TOKENS) {
            if (!ids.containsKey(token.content())) {
                throw files.wrong(BERT_FILE, "must list " + token.content());
            }
        }
        List<AddedToken> added = Stream.concat(
                        BERT_TOKENS.stream(), more.stream().map(AddedToken::special))
                .toList();
        Vocabulary vocabulary = Vocabulary.ofIds(TokenizerFiles.JSON.writeValueAsString(ids), added, files, BERT_FILE);
        Map<String, String> parts = Map.of(
                "added", vocabulary.added(added),
                "begin", vocabulary.pair(BERT_TOKENS.get(1)),
                "end", vocabulary.pair(BERT_TOKENS.get(2)),
                "vocabulary", vocabulary.json());
        Frame frame = new Frame(1, 1, vocabulary.id(BERT_TOKENS.get(0)));
        return Tokenizer.of(composed("bert.json", parts), frame, OptionalInt.empty(), files, BERT_FILE);
    }

    private static String composed(String name, Map<String, String> parts) {
        return PART.matcher(TokenizerFiles.resource(name))
                .replaceAll(part -> Matcher.quoteReplacement(parts.getOrDefault(part.group(1), "")));
    }

    /**
     * The tokenizer of a tokenizer.json, all of which counts; every text begins with the begin token and ends with nothing.
     *
     * <p>This is what transformers 4, and AutoTokenizer of transformers 5, make of such a file. LlamaTokenizer of transformers 5.23.0 puts
     * SentencePiece's steps in place of those that Llama 3's file names, and so gives other ids than the models were trained with.
     *
     * @throws IllegalArgumentException too if the folder's settings name a token that tokenizer.json does not have, or ask for another frame
     */
    public static Tokenizer llama(Path folder) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        files.requireSupported();
        requireBeginOnly(files);
        String text = files.text(TokenizerJson.FILE);
        JsonNode listed = TokenizerJson.of(text, files).added();
        SpecialTokens tokens = SpecialTokens.read(files, Map.of(), 0, listed);
        Map<String, Integer> ids = new HashMap<>();
        listed.forEach(token ->
                ids.put(token.path("content").asText(), token.path("id").asInt()));
        tokens.added().forEach(token -> listedId(token, ids, files));
        int begin = listedId(named("bos_token", tokens, files), ids, files);
        int pad = listedId(named("pad_token", tokens, files), ids, files);
        Tokenizer opened = Tokenizer.of(text, new Frame(1, 0, pad), OptionalInt.empty(), files, TokenizerJson.FILE);
        try {
            long[] empty = opened.ids("");
            if (empty.length == 1 && empty[0] == begin && opened.ids("a")[0] == begin) {
                return opened;
            }
            throw files.wrong(
                    TokenizerJson.FILE, "post_processor must begin texts with the bos_token and end them with nothing");
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

    private static AddedToken named(String key, SpecialTokens tokens, TokenizerFiles files) {
        AddedToken token = tokens.named().get(key);
        if (token == null) {
            throw files.wrong(TokenizerFiles.SETTINGS, "must name the " + key);
        }
        return token;
    }

    private static int listedId(AddedToken token, Map<String, Integer> ids, TokenizerFiles files) {
        Integer id = ids.get(token.content());
        if (id == null) {
            throw files.wrong(
                    TokenizerJson.FILE,
                    "must list " + Excerpt.of(token.content(), 60) + ", which the folder's settings name, as added");
        }
        return id;
    }
}
