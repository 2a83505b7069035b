package io.bottleneck4j.models.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.StringWriter;

/** BPE's two files: vocab.json, and merges.txt with one pair a line, the most frequent first. */
final class Merges {
    static final String VOCABULARY = "vocab.json";
    static final String FILES = "vocab.json and merges.txt";
    private static final String MERGES = "merges.txt";

    private Merges() {}

    static TokenizerJson read(TokenizerFiles files) throws IOException {
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
        return new TokenizerJson(vocabulary, text.toString(), MissingNode.getInstance(), MissingNode.getInstance());
    }

    private static void requirePair(String line, int number, TokenizerFiles files) {
        int space = line.indexOf(' ');
        if (space < 0 || line.indexOf(' ', space + 1) >= 0) {
            throw files.wrong(
                    MERGES, "line " + number + " must be two tokens with a space between, not \"" + line + "\"");
        }
    }
}
