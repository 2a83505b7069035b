package io.bottleneck4j.models.text;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/**
 * CLIP's byte-level BPE tokenizer, of vocab.json and merges.txt or of tokenizer.json; safe for use by several threads.
 *
 * <p>Source: transformers 5.23.0, models/clip/tokenization_clip.py, CLIPTokenizer.
 */
public final class ClipTokenizer implements AutoCloseable {
    private static final Map<String, String> DEFAULTS = Map.of(
            "unk_token", "<|endoftext|>",
            "bos_token", "<|startoftext|>",
            "eos_token", "<|endoftext|>",
            "pad_token", "<|endoftext|>");

    private static final String NORMALIZER = """
            {"type":"Sequence","normalizers":[
             {"type":"NFC"},
             {"type":"Replace","pattern":{"Regex":"\\\\s+"},"content":" "},
             {"type":"Lowercase"}]}""";

    private static final String PRE_TOKENIZER = """
            {"type":"Sequence","pretokenizers":[
             {"type":"Split","behavior":"Removed","invert":true,"pattern":{"Regex":
              "<\\\\|startoftext\\\\|>|<\\\\|endoftext\\\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|[^\\\\s\\\\p{L}\\\\p{N}]+"}},
             {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}""";

    private final NativeTokenizer tokenizer;
    private final OptionalInt modelMaxLength;

    private ClipTokenizer(NativeTokenizer tokenizer, OptionalInt modelMaxLength) {
        this.tokenizer = tokenizer;
        this.modelMaxLength = modelMaxLength;
    }

    /**
     * Opens the tokenizer of a folder, as {@code CLIPTokenizer.from_pretrained} does.
     *
     * @throws IllegalArgumentException if a file is missing or malformed; the message names it
     * @throws IOException if a file cannot be read
     */
    public static ClipTokenizer open(Path folder) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        OptionalInt longest = files.modelMaxLength();
        boolean one = files.has(TokenizerJson.FILE);
        String file = one ? TokenizerJson.FILE : TokenizerJson.VOCABULARY;
        TokenizerJson model = one ? TokenizerJson.read(files) : TokenizerJson.ofPair(files);
        SpecialTokens tokens = SpecialTokens.read(files, DEFAULTS, 0, model.added());
        Vocabulary vocabulary = Vocabulary.ofIds(model.vocabulary(), tokens.added(), files, file);
        if (model.merges().isEmpty()) {
            throw files.wrong(file, "must have model.merges");
        }
        String json = compose(model, tokens, vocabulary);
        int pad = vocabulary.id(tokens.get("pad_token"));
        return new ClipTokenizer(
                NativeTokenizer.of(json, pad, new NativeTokenizer.Frame(1, 1), files, one ? file : TokenizerJson.PAIR),
                longest);
    }

    private static String compose(TokenizerJson model, SpecialTokens tokens, Vocabulary vocabulary) throws IOException {
        StringWriter text =
                new StringWriter(vocabulary.json().length() + model.merges().length() + 4096);
        try (JsonGenerator json = TokenizerFiles.JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            vocabulary.writeAdded(json, tokens.added());
            json.writeFieldName("normalizer");
            json.writeRawValue(NORMALIZER);
            json.writeFieldName("pre_tokenizer");
            json.writeRawValue(PRE_TOKENIZER);
            writeEnds(json, tokens, vocabulary);
            json.writeObjectFieldStart("model");
            json.writeStringField("type", "BPE");
            json.writeStringField("unk_token", tokens.get("unk_token").content());
            json.writeStringField("continuing_subword_prefix", "");
            json.writeStringField("end_of_word_suffix", "</w>");
            json.writeBooleanField("fuse_unk", false);
            json.writeFieldName("vocab");
            json.writeRawValue(vocabulary.json());
            json.writeFieldName("merges");
            json.writeRawValue(model.merges());
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void writeEnds(JsonGenerator json, SpecialTokens tokens, Vocabulary vocabulary) throws IOException {
        json.writeObjectFieldStart("post_processor");
        json.writeStringField("type", "RobertaProcessing");
        json.writeBooleanField("trim_offsets", false);
        json.writeBooleanField("add_prefix_space", false);
        for (var end : Map.of("sep", "eos_token", "cls", "bos_token").entrySet()) {
            AddedToken token = tokens.get(end.getValue());
            json.writeArrayFieldStart(end.getKey());
            json.writeString(token.content());
            json.writeNumber(vocabulary.id(token));
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    /**
     * Encodes a prompt between CLIP's start and end tokens, padded to a length.
     *
     * @param maxLength tokens, at least 2; CLIP's text encoder takes 77
     * @throws IllegalArgumentException if the length is below 2, or the prompt holds half a surrogate pair
     */
    public TokenizedPrompt encode(String prompt, int maxLength) {
        return tokenizer.encode(prompt, maxLength);
    }

    /** The longest input its encoder takes, in tokens; empty if the folder names no limit. */
    public OptionalInt modelMaxLength() {
        return modelMaxLength;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
