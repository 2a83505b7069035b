package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Texts as token ids without a vocabulary: a byte of UTF-8 each, and the tokens that a folder adds. Source: transformers
 * tokenization_byt5.py@5.23.0, ByT5Tokenizer. Safe for use by several threads.
 */
public final class ByT5Tokenizer {
    private static final int PAD = 0;
    private static final int END = 1;
    /** Ids before those of the bytes. */
    private static final int OFFSET = 3;

    private static final int BYTES = 256;
    private static final int EXTRA_IDS = 125;
    private static final int MOST_ADDED = 10_000;

    private final Map<String, Added> added;
    private final Pattern split;

    /** An added token, and the id that it has. */
    private record Added(int id, AddedToken token) {}

    private ByT5Tokenizer(Map<String, Added> added) {
        this.added = added;
        split = Pattern.compile(added.keySet().stream()
                .sorted(Comparator.comparingInt(String::length).reversed()) // the longest is found first
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    }

    /**
     * Reads a tokenizer's folder: of tokenizer_config.json the table of added tokens, or what the Python class has without one.
     *
     * @throws IllegalArgumentException if a file is malformed, naming it, or asks for what is not followed
     * @throws IOException if a file cannot be read
     */
    public static ByT5Tokenizer read(Path folder) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        files.requireSupported();
        JsonNode settings = files.settings();
        Map<String, Added> added = new LinkedHashMap<>();
        for (Map.Entry<String, AddedToken> entry : table(files, settings).entrySet()) {
            AddedToken token = entry.getValue();
            if (token.singleWord() || token.content().isEmpty()) {
                throw files.wrong(
                        TokenizerFiles.SETTINGS,
                        "added_tokens_decoder: an added token must not be empty or single_word, as " + entry.getKey()
                                + " is");
            }
            added.put(token.content(), new Added(id(files, entry.getKey()), token));
        }
        if (added.size() > MOST_ADDED || !has(added, "<pad>", PAD) || !has(added, "</s>", END)) {
            throw files.wrong(
                    TokenizerFiles.SETTINGS,
                    "added_tokens_decoder: must be at most " + MOST_ADDED + " tokens, <pad> of id 0 and </s> of id 1"
                            + " among them");
        }
        return new ByT5Tokenizer(added);
    }

    private static boolean has(Map<String, Added> added, String content, int id) {
        Added token = added.get(content);
        return token != null && token.id() == id;
    }

    private static Map<String, AddedToken> table(TokenizerFiles files, JsonNode settings) throws IOException {
        Map<String, AddedToken> table = new LinkedHashMap<>();
        JsonNode listed = settings.path("added_tokens_decoder");
        listed.properties()
                .forEach(field -> table.put(
                        field.getKey(), AddedToken.of(field.getValue(), false, files, TokenizerFiles.SETTINGS)));
        if (!table.isEmpty()) {
            return table;
        }
        List<String> named = List.of("<pad>", "</s>", "<unk>");
        for (int i = 0; i < OFFSET; i++) {
            table.put(String.valueOf(i), new AddedToken(named.get(i), false, true, true, false, true));
        }
        for (int i = 0; i < settings.path("extra_ids").asInt(EXTRA_IDS); i++) {
            table.put(String.valueOf(OFFSET + BYTES + i), AddedToken.special("<extra_id_" + i + ">"));
        }
        files.objectOrEmpty("added_tokens.json")
                .properties()
                .forEach(field -> table.put(field.getValue().asText(), AddedToken.special(field.getKey())));
        return table;
    }

    private static int id(TokenizerFiles files, String key) {
        try {
            return Integer.parseInt(key);
        } catch (NumberFormatException e) {
            throw files.wrong(
                    TokenizerFiles.SETTINGS, "added_tokens_decoder: a key must be a token id, not '" + key + "'", e);
        }
    }

    /**
     * Encodes a text with the token that ends it; what does not fit is cut off before that. There is no padding.
     *
     * @param maxLength tokens, at least 1
     */
    public TokenizedPrompt encode(String text, int maxLength) {
        List<Long> all = new ArrayList<>();
        Matcher found = split.matcher(text);
        boolean stripped = false; // of the white space before what comes
        int at = 0;
        while (found.find()) {
            Added token = Objects.requireNonNull(added.get(found.group()));
            bytes(text.substring(at, found.start()), stripped, token.token().lstrip(), all);
            all.add((long) token.id());
            stripped = token.token().rstrip();
            at = found.end();
        }
        bytes(text.substring(at), stripped, false, all);
        if (all.isEmpty() || all.get(all.size() - 1) != END) {
            all.add((long) END);
        }
        return TokenizedPrompt.fit(all.stream().mapToLong(Long::longValue).toArray(), maxLength, PAD, 1)
                .unpadded();
    }

    private static void bytes(String text, boolean fromStart, boolean fromEnd, List<Long> to) {
        int start = 0;
        int end = text.length();
        while (fromStart && start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (fromEnd && end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        for (byte each : text.substring(start, end).getBytes(StandardCharsets.UTF_8)) {
            to.add((long) Byte.toUnsignedInt(each) + OFFSET);
        }
    }

    /** As Python's {@code str.isspace}. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
