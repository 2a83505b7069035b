package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens a folder adds, and which of them begin, end and pad a text.
 *
 * <p>Source: transformers 5.23.0, {@code PreTrainedTokenizerBase._from_pretrained} and {@code TokenizersBackend}: with
 * {@code added_tokens_decoder} in tokenizer_config.json that table alone counts; without it special_tokens_map.json wins
 * over tokenizer_config.json, and tokenizer.json's own added tokens join.
 *
 * @param named by key, such as {@code eos_token}
 * @param added in the order in which those outside the vocabulary get their ids
 */
record SpecialTokens(Map<String, AddedToken> named, List<AddedToken> added) {
    private static final String MAP = "special_tokens_map.json";
    private static final String DECODER = "added_tokens_decoder";
    /** The library takes ever longer for each; published tokenizers have some hundreds. */
    private static final int MOST_ADDED = 10_000;

    private static final int MOST_EXTRA_IDS = 1000;
    private static final List<String> KEYS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    /** The token of this key; there is one for each key with a default. */
    AddedToken get(String key) {
        AddedToken token = named.get(key);
        if (token == null) {
            throw new IllegalStateException(key + ": no default was given");
        }
        return token;
    }

    /**
     * Reads the folder's files.
     *
     * @param defaults the named tokens of the Python class
     * @param extraIds how many {@code <extra_id_N>} the class adds if the folder names no extra tokens
     * @param serialized the added tokens of tokenizer.json, an empty list without it
     */
    static SpecialTokens read(TokenizerFiles files, Map<String, String> defaults, int extraIds, JsonNode serialized)
            throws IOException {
        JsonNode config = files.objectOrEmpty(TokenizerFiles.SETTINGS);
        boolean table = config.has(DECODER);
        JsonNode map = table ? TokenizerFiles.JSON.createObjectNode() : files.objectOrEmpty(MAP);
        Map<String, AddedToken> own = named(files, defaults, config, map);
        List<AddedToken> listed = table ? table(files, config.get(DECODER)) : joined(files, own.values(), serialized);
        Map<String, AddedToken> added = new LinkedHashMap<>();
        listed.forEach(token -> added.put(token.content(), token));
        Map<String, AddedToken> known = new HashMap<>(added);
        Map<String, AddedToken> named = new LinkedHashMap<>();
        own.forEach((key, token) -> named.put(key, known.getOrDefault(token.content(), token)));
        List<AddedToken> more = new ArrayList<>(named.values());
        more.addAll(extra(files, config, map, extraIds));
        for (AddedToken token : more) {
            if (!known.containsKey(token.content())) {
                added.put(token.content(), token); // of several flags for one text, the last win
            }
        }
        if (added.size() > MOST_ADDED) {
            throw files.wrong(
                    table ? TokenizerFiles.SETTINGS : TokenizerJson.FILE,
                    "must add at most " + MOST_ADDED + " tokens to the vocabulary, not " + added.size());
        }
        return new SpecialTokens(named, List.copyOf(added.values()));
    }

    private static Map<String, AddedToken> named(
            TokenizerFiles files, Map<String, String> defaults, JsonNode config, JsonNode map) {
        Map<String, AddedToken> found = new LinkedHashMap<>();
        defaults.forEach((key, content) -> found.put(key, AddedToken.special(content)));
        addTo(found, config, false, files, TokenizerFiles.SETTINGS);
        addTo(found, map, true, files, MAP);
        Map<String, AddedToken> ordered = new LinkedHashMap<>();
        KEYS.stream().filter(found::containsKey).forEach(key -> ordered.put(key, found.get(key)));
        found.forEach(ordered::putIfAbsent);
        return ordered;
    }

    private static void addTo(
            Map<String, AddedToken> found, JsonNode json, boolean special, TokenizerFiles files, String file) {
        json.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (field.getKey().endsWith("_token") && (value.isTextual() || value.isObject())) {
                found.put(field.getKey(), AddedToken.of(value, special, files, file));
            }
        });
    }

    private static List<AddedToken> table(TokenizerFiles files, JsonNode table) {
        Map<Integer, AddedToken> byId = new TreeMap<>();
        table.properties().forEach(field -> {
            try {
                byId.put(
                        Integer.parseInt(field.getKey()),
                        AddedToken.of(field.getValue(), false, files, TokenizerFiles.SETTINGS));
            } catch (NumberFormatException e) {
                throw files.wrong(
                        TokenizerFiles.SETTINGS,
                        DECODER + ": a key must be a token id, not " + Excerpt.quoted(field.getKey()),
                        e);
            }
        });
        return List.copyOf(byId.values());
    }

    /** The older added_tokens.json, then the added tokens of tokenizer.json, by id. */
    private static List<AddedToken> joined(TokenizerFiles files, Iterable<AddedToken> named, JsonNode serialized)
            throws IOException {
        Map<Integer, AddedToken> byId = new TreeMap<>();
        files.objectOrEmpty("added_tokens.json").properties().forEach(field -> {
            boolean special = false;
            for (AddedToken token : named) {
                special |= token.content().equals(field.getKey());
            }
            byId.put(field.getValue().asInt(), new AddedToken(field.getKey(), false, false, false, !special, special));
        });
        for (JsonNode token : serialized) {
            byId.put(token.path("id").asInt(), AddedToken.of(token, false, files, "tokenizer.json"));
        }
        return List.copyOf(byId.values());
    }

    private static List<AddedToken> extra(TokenizerFiles files, JsonNode config, JsonNode map, int extraIds) {
        List<AddedToken> tokens = new ArrayList<>();
        JsonNode first = firstList(config);
        if (first != null) {
            first.forEach(token -> tokens.add(AddedToken.of(token, false, files, TokenizerFiles.SETTINGS)));
        }
        JsonNode merged = map.get("extra_special_tokens");
        if (merged != null) {
            merged.forEach(token -> tokens.add(AddedToken.of(token, true, files, MAP)));
        }
        if (first != null || merged != null) {
            return tokens;
        }
        map.path("additional_special_tokens").forEach(token -> tokens.add(AddedToken.of(token, true, files, MAP)));
        if (tokens.stream().noneMatch(token -> token.content().contains("<extra_id_"))) {
            int count = config.path("extra_ids").asInt(extraIds);
            if (count < 0 || count > MOST_EXTRA_IDS) {
                throw files.wrong(
                        TokenizerFiles.SETTINGS, "extra_ids must be 0 to " + MOST_EXTRA_IDS + ", not " + count);
            }
            for (int i = 0; i < count; i++) {
                tokens.add(AddedToken.special("<extra_id_" + i + ">"));
            }
        }
        return tokens;
    }

    private static @Nullable JsonNode firstList(JsonNode config) {
        JsonNode extra = config.get("extra_special_tokens");
        JsonNode additional = config.get("additional_special_tokens");
        return additional != null && !additional.isNull() && (extra == null || extra.isEmpty()) ? additional : extra;
    }
}
