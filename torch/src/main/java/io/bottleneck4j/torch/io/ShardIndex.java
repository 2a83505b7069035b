package io.bottleneck4j.torch.io;

import static io.bottleneck4j.torch.io.Excerpt.quoted;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads {@code *.safetensors.index.json}: {@code {"metadata": …, "weight_map": {tensor: file}}}. */
final class ShardIndex {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private ShardIndex() {}

    /** File name by tensor name. */
    static Map<String, String> read(Path index) {
        try {
            long size = Files.size(index);
            if (size > SafetensorsHeader.MAX_LENGTH) {
                throw malformed(index, "must be at most " + SafetensorsHeader.MAX_LENGTH + " bytes, is " + size);
            }
            try (JsonParser parser = JSON.createParser(Files.newBufferedReader(index))) {
                return read(index, parser);
            }
        } catch (JsonProcessingException e) {
            Optional<String> placeholder = ForeignFile.placeholder(index);
            if (placeholder.isPresent()) {
                throw new WeightsException(index + ": " + placeholder.get(), e);
            }
            throw malformed(
                    index,
                    "must be JSON: "
                            + Excerpt.of(
                                    Excerpt.json(e.getOriginalMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse(""),
                                    160));
        } catch (IOException e) {
            throw new WeightsException(
                    index + ": must be readable: " + e.getClass().getSimpleName() + "; check that it is there", e);
        }
    }

    private static Map<String, String> read(Path index, JsonParser parser) throws IOException {
        Map<String, String> weightMap = new LinkedHashMap<>();
        boolean found = false;
        require(index, parser.nextToken() == JsonToken.START_OBJECT, "must be an object");
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            if (!key.equals("weight_map")) {
                parser.skipChildren();
                continue;
            }
            found = true;
            require(index, value == JsonToken.START_OBJECT, "weight_map must be an object");
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                boolean text = parser.nextToken() == JsonToken.VALUE_STRING;
                require(index, text, "weight_map must give a file name for " + quoted(name));
                weightMap.put(name, parser.getText());
            }
        }
        require(index, found && !weightMap.isEmpty(), "must have a weight_map that names shards");
        return weightMap;
    }

    private static void require(Path index, boolean holds, String what) {
        if (!holds) {
            throw malformed(index, what);
        }
    }

    private static WeightsException malformed(Path index, String what) {
        return new WeightsException(index + ": " + what + "; the index is damaged, fetch it again");
    }
}
