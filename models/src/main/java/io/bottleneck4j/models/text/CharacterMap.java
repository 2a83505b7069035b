package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * SentencePiece's precompiled character map: a double-array trie from UTF-8 sequences to places in a text of
 * replacements. It is checked here, because the native library ends the whole process on a damaged one.
 *
 * <p>Source: sentencepiece 0.2, normalizer.cc, and darts-clone's unit layout.
 */
final class CharacterMap {
    private static final int LABEL_IS_VALUE = 1 << 31;
    private static final int HAS_LEAF = 1 << 8;
    private static final int WIDE_OFFSET = 1 << 9;

    private final int[] units;
    private final byte[] replacements;

    private CharacterMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /** The first map of a normalizer or of its sequence, in Base64; empty if it has none. Refuses a damaged one. */
    static String of(JsonNode normalizer, TokenizerFiles files) {
        Iterable<JsonNode> steps = normalizer.path("type").asText().equals("Sequence")
                ? normalizer.path("normalizers")
                : List.of(normalizer);
        for (JsonNode step : steps) {
            if (step.path("type").asText().equals("Precompiled") && step.has("precompiled_charsmap")) {
                return checked(step.get("precompiled_charsmap"), files);
            }
        }
        return "";
    }

    private static String checked(JsonNode map, TokenizerFiles files) {
        try {
            byte[] bytes = Base64.getDecoder().decode(map.asText());
            read(bytes).check();
            return Base64.getEncoder().encodeToString(bytes);
        } catch (IllegalArgumentException e) {
            throw files.wrong(TokenizerJson.FILE, "normalizer.precompiled_charsmap: " + e.getMessage(), e);
        }
    }

    private static CharacterMap read(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int size = bytes.length < Integer.BYTES ? 0 : buffer.getInt();
        if (size < Integer.BYTES || size % Integer.BYTES != 0 || size > buffer.remaining()) {
            throw new IllegalArgumentException("its trie must lie within its " + bytes.length + " bytes");
        }
        int[] units = new int[size / Integer.BYTES];
        buffer.asIntBuffer().get(units);
        buffer.position(Integer.BYTES + size);
        byte[] replacements = new byte[buffer.remaining()];
        buffer.get(replacements);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(replacements));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("its replacements must be UTF-8", e);
        }
        return new CharacterMap(units, replacements);
    }

    /** Every step from a unit must stay in the trie, and every value must be where a replacement's character begins. */
    private void check() {
        for (int i = 0; i < units.length; i++) {
            int unit = units[i];
            if ((unit & LABEL_IS_VALUE) != 0) {
                continue;
            }
            int next = i ^ ((unit >>> 10) << ((unit & WIDE_OFFSET) >>> 6));
            if (next < 0 || (next | 0xff) >= units.length) {
                throw new IllegalArgumentException("unit " + i + " of its trie leads outside");
            }
            if ((unit & HAS_LEAF) != 0 && !isCharacterStart(units[next] & ~LABEL_IS_VALUE)) {
                throw new IllegalArgumentException("unit " + i + " of its trie names no replacement");
            }
        }
    }

    private boolean isCharacterStart(int place) {
        return place == replacements.length || (place < replacements.length && (replacements[place] & 0xc0) != 0x80);
    }
}
