package io.bottleneck4j.models.text;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/**
 * T5's unigram tokenizer, of tokenizer.json; safe for use by several threads.
 *
 * <p>As in Python, only the vocabulary, the added tokens and a precompiled character map are taken from that file; another
 * normalizer or pre-tokenizer in it is not used. Source: transformers 5.23.0, models/t5/tokenization_t5.py, T5Tokenizer.
 */
public final class T5Tokenizer implements AutoCloseable {
    private static final Map<String, String> DEFAULTS =
            Map.of("eos_token", "</s>", "unk_token", "<unk>", "pad_token", "<pad>");
    private static final int EXTRA_IDS = 100;

    private static final String PRE_TOKENIZER = """
            {"type":"Sequence","pretokenizers":[
             {"type":"WhitespaceSplit"},
             {"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}]}""";

    private static final String POST_PROCESSOR = """
            {"type":"TemplateProcessing",
             "single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
             "pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}},
              {"Sequence":{"id":"B","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
             "special_tokens":{"</s>":{"id":"</s>","ids":[%d],"tokens":["</s>"]}}}""";

    private final NativeTokenizer tokenizer;
    private final OptionalInt modelMaxLength;

    private T5Tokenizer(NativeTokenizer tokenizer, OptionalInt modelMaxLength) {
        this.tokenizer = tokenizer;
        this.modelMaxLength = modelMaxLength;
    }

    /**
     * Opens the tokenizer of a folder, as {@code T5Tokenizer.from_pretrained} does.
     *
     * @throws IllegalArgumentException if a file is missing or malformed; the message names it
     * @throws IOException if a file cannot be read
     */
    public static T5Tokenizer open(Path folder) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        OptionalInt longest = files.modelMaxLength();
        TokenizerJson model = TokenizerJson.read(files);
        SpecialTokens tokens = SpecialTokens.read(files, DEFAULTS, EXTRA_IDS, model.added());
        Vocabulary vocabulary = Vocabulary.ofScores(model.vocabulary(), tokens.added(), files, TokenizerJson.FILE);
        String characters = CharacterMap.of(model.normalizer(), files);
        String json = compose(characters, tokens, vocabulary);
        int pad = vocabulary.id(tokens.get("pad_token"));
        return new T5Tokenizer(
                NativeTokenizer.of(json, pad, new NativeTokenizer.Frame(0, 1), files, TokenizerJson.FILE), longest);
    }

    private static String compose(String characters, SpecialTokens tokens, Vocabulary vocabulary) throws IOException {
        StringWriter text = new StringWriter(vocabulary.json().length() + 65536);
        try (JsonGenerator json = TokenizerFiles.JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            vocabulary.writeAdded(json, tokens.added());
            if (!characters.isEmpty()) {
                json.writeObjectFieldStart("normalizer");
                json.writeStringField("type", "Precompiled");
                json.writeStringField("precompiled_charsmap", characters);
                json.writeEndObject();
            }
            json.writeFieldName("pre_tokenizer");
            json.writeRawValue(PRE_TOKENIZER);
            json.writeFieldName("post_processor");
            json.writeRawValue(POST_PROCESSOR.replace("%d", Integer.toString(vocabulary.id(tokens.get("eos_token")))));
            json.writeObjectFieldStart("model");
            json.writeStringField("type", "Unigram");
            json.writeNumberField("unk_id", 2);
            json.writeBooleanField("byte_fallback", false);
            json.writeFieldName("vocab");
            json.writeRawValue(vocabulary.json());
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.toString();
    }

    /**
     * Encodes a prompt up to T5's end token, padded to a length.
     *
     * @param maxLength tokens, at least 1; FLUX.1-dev takes up to 512, FLUX.1-schnell 256
     * @throws IllegalArgumentException if the length is below 1, or the prompt holds half a surrogate pair
     */
    public TokenizedPrompt encode(String prompt, int maxLength) {
        return tokenizer.encode(prompt, maxLength);
    }

    /** The longest input the model is meant for, in tokens; empty if the folder names no limit. */
    public OptionalInt modelMaxLength() {
        return modelMaxLength;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
