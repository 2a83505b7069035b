package io.bottleneck4j.models.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.IOException;
import java.io.StringWriter;

/**
 * What of a tokenizer.json counts: the Python classes take the vocabulary, the merges, the added tokens, a precompiled
 * character map and the post-processor from it, and build all else themselves.
 *
 * @param vocabulary the JSON text of the model's vocabulary
 * @param merges the JSON text of the model's merges, empty if there are none
 * @param normalizer missing if there is none
 * @param added missing if there are none
 * @param postProcessor missing if there is none
 */
record TokenizerJson(String vocabulary, String merges, JsonNode normalizer, JsonNode added, JsonNode postProcessor) {
    static final String FILE = "tokenizer.json";
    static final String VOCABULARY = "vocab.json";
    static final String PAIR = "vocab.json and merges.txt";
    private static final String MERGES = "merges.txt";

    static TokenizerJson read(TokenizerFiles files) throws IOException {
        return of(files.text(FILE), files);
    }

    /** Reads the file's text. */
    static TokenizerJson of(String text, TokenizerFiles files) throws IOException {
        Model model = new Model("", "");
        JsonNode normalizer = MissingNode.getInstance();
        JsonNode added = MissingNode.getInstance();
        JsonNode postProcessor = MissingNode.getInstance();
        try (JsonParser parser = TokenizerFiles.JSON.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw files.wrong(FILE, "must be a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                switch (key) {
                    case "model" -> model = Model.read(parser, text);
                    case "normalizer" -> normalizer = parser.readValueAsTree();
                    case "added_tokens" -> added = parser.readValueAsTree();
                    case "post_processor" -> postProcessor = parser.readValueAsTree();
                    case "padding", "truncation" -> requireRight(key, parser.readValueAsTree(), files);
                    default -> parser.skipChildren();
                }
            }
        } catch (JsonProcessingException e) {
            throw files.notJson(FILE, e);
        }
        if (model.vocabulary().isEmpty()) {
            throw files.wrong(FILE, "must have model.vocab");
        }
        return new TokenizerJson(model.vocabulary(), model.merges(), normalizer, added, postProcessor);
    }

    /** Python takes the side from here where the settings name none. */
    private static void requireRight(String key, JsonNode how, TokenizerFiles files) {
        String side = how.path("direction").asText("Right");
        if (!side.equals("Right")) {
            throw new IllegalArgumentException(files.folder().resolve(FILE) + ": " + key
                    + ".direction must be \"Right\", not \"" + Excerpt.of(side, 60)
                    + "\"; other sides are not supported");
        }
    }

    /** BPE's older two files: vocab.json, and merges.txt with one pair a line, the most frequent first. */
    static TokenizerJson ofPair(TokenizerFiles files) throws IOException {
        String vocabulary = files.text(VOCABULARY);
        String merges = files.text(MERGES);
        StringWriter text = new StringWriter(merges.length() + merges.length() / 2);
        try (JsonGenerator json = TokenizerFiles.JSON.createGenerator(text)) {
            json.writeStartArray();
            int number = 0;
            for (int start = 0; start < merges.length(); number++) {
                int end = merges.indexOf('\n', start);
                end = end < 0 ? merges.length() : end;
                int last = end > start && merges.charAt(end - 1) == '\r' ? end - 1 : end;
                String line = merges.substring(start, last);
                if (!line.startsWith("#version")) {
                    requirePair(line, number + 1, files);
                    json.writeString(line);
                }
                start = end + 1;
            }
            json.writeEndArray();
        }
        JsonNode none = MissingNode.getInstance();
        return new TokenizerJson(vocabulary, text.toString(), none, none, none);
    }

    /** Whether the post-processor puts tokens around a text; of one that is not known it is taken that it does. */
    boolean framesTexts() {
        return frames(postProcessor);
    }

    private static boolean frames(JsonNode processor) {
        if (processor.isMissingNode() || processor.isNull()) {
            return false;
        }
        return switch (processor.path("type").asText()) {
            case "ByteLevel" -> false;
            case "Sequence" -> processor.path("processors").valueStream().anyMatch(TokenizerJson::frames);
            case "TemplateProcessing" ->
                processor.path("single").valueStream().anyMatch(piece -> !piece.has("Sequence"));
            default -> true;
        };
    }

    private static void requirePair(String line, int number, TokenizerFiles files) {
        int space = line.indexOf(' ');
        if (space < 0 || line.indexOf(' ', space + 1) >= 0) {
            throw files.wrong(
                    MERGES,
                    "line " + number + " must be two tokens with a space between, not \"" + Excerpt.of(line, 60)
                            + "\"");
        }
    }

    private record Model(String vocabulary, String merges) {
        /** Cuts the two texts out, for which the parser stands on the model's value. */
        static Model read(JsonParser parser, String text) throws IOException {
            String vocabulary = "";
            String merges = "";
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                return new Model(vocabulary, merges);
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                boolean whole = parser.nextToken().isStructStart();
                int start = (int) parser.currentTokenLocation().getCharOffset();
                parser.skipChildren();
                if (whole && key.equals("vocab")) {
                    vocabulary =
                            text.substring(start, (int) parser.currentLocation().getCharOffset());
                } else if (whole && key.equals("merges")) {
                    merges =
                            text.substring(start, (int) parser.currentLocation().getCharOffset());
                }
            }
            return new Model(vocabulary, merges);
        }
    }
}
