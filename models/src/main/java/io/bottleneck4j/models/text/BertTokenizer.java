package io.bottleneck4j.models.text;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * BERT's WordPiece tokenizer for text of any case, of a vocab.txt, with further tokens numbered after it; safe for use by several threads.
 *
 * <p>Source: transformers 5.23.0, models/bert/tokenization_bert.py, BertTokenizer.
 */
public final class BertTokenizer implements AutoCloseable {
    private static final String FILE = "vocab.txt";
    private static final String PAD = "[PAD]";
    private static final String BEGIN = "[CLS]";
    private static final String END = "[SEP]";
    private static final String UNKNOWN = "[UNK]";

    private final NativeTokenizer tokenizer;

    private BertTokenizer(NativeTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Opens the tokenizer of a folder.
     *
     * @param more special tokens outside the vocabulary
     * @throws IllegalArgumentException if vocab.txt is missing or malformed; the message names it
     * @throws IOException if it cannot be read
     */
    public static BertTokenizer open(Path folder, List<String> more) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        Map<String, Integer> ids = new LinkedHashMap<>();
        files.text(FILE).lines().forEach(token -> ids.put(token, ids.size()));
        for (String token : List.of(PAD, BEGIN, END, UNKNOWN)) {
            if (!ids.containsKey(token)) {
                throw files.wrong(FILE, "must list " + token);
            }
        }
        return new BertTokenizer(NativeTokenizer.of(
                compose(ids, more), ids.getOrDefault(PAD, 0), new NativeTokenizer.Frame(1, 1), files, FILE));
    }

    private static String compose(Map<String, Integer> ids, List<String> more) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = TokenizerFiles.JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            json.writeArrayFieldStart("added_tokens");
            for (String token : List.of(PAD, UNKNOWN, BEGIN, END)) {
                AddedToken.special(token).write(json, ids.getOrDefault(token, 0));
            }
            for (int i = 0; i < more.size(); i++) {
                AddedToken.special(more.get(i)).write(json, ids.size() + i);
            }
            json.writeEndArray();
            json.writeFieldName("normalizer");
            json.writeRawValue("{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"
                    + "\"strip_accents\":null,\"lowercase\":true}");
            json.writeFieldName("pre_tokenizer");
            json.writeRawValue("{\"type\":\"BertPreTokenizer\"}");
            json.writeObjectFieldStart("post_processor");
            json.writeStringField("type", "BertProcessing");
            writeEnd(json, "sep", END, ids);
            writeEnd(json, "cls", BEGIN, ids);
            json.writeEndObject();
            json.writeObjectFieldStart("model");
            json.writeStringField("type", "WordPiece");
            json.writeStringField("unk_token", UNKNOWN);
            json.writeStringField("continuing_subword_prefix", "##");
            json.writeNumberField("max_input_chars_per_word", 100);
            json.writeObjectFieldStart("vocab");
            for (Map.Entry<String, Integer> token : ids.entrySet()) {
                json.writeNumberField(token.getKey(), token.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void writeEnd(JsonGenerator json, String key, String token, Map<String, Integer> ids)
            throws IOException {
        json.writeArrayFieldStart(key);
        json.writeString(token);
        json.writeNumber(ids.getOrDefault(token, 0));
        json.writeEndArray();
    }

    /**
     * Encodes a text between BERT's start and end tokens, padded to a length.
     *
     * @param maxLength tokens, at least 2
     * @throws IllegalArgumentException if the length is below 2, or the text holds half a surrogate pair
     */
    public TokenizedPrompt encode(String text, int maxLength) {
        return tokenizer.encode(text, maxLength);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
