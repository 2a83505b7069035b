package io.bottleneck4j.torch.io;

import static io.bottleneck4j.torch.io.Excerpt.quoted;
import static io.bottleneck4j.torch.io.SafetensorsHeader.damaged;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Packing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the JSON of a safetensors header, token by token; anything the format does not name is refused at once. */
final class HeaderParser {
    /** libtorch's operators take no more dimensions. */
    private static final int MAX_RANK = 64;
    /** Names are all different and may be hostile: neither intern nor hash them into a shared table. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private final String file;

    HeaderParser(String file) {
        this.file = file;
    }

    SafetensorsHeader parse(ByteBuffer json) {
        byte[] bytes = json.hasArray() ? json.array() : new byte[json.remaining()];
        int offset = json.hasArray() ? json.arrayOffset() + json.position() : 0;
        int length = json.remaining();
        if (!json.hasArray()) {
            json.get(bytes);
        }
        // A decoder of our own: it reports malformed input, and Jackson does not guess at UTF-16.
        InputStreamReader reader = new InputStreamReader(
                new ByteArrayInputStream(bytes, offset, length), StandardCharsets.UTF_8.newDecoder());
        try (JsonParser parser = JSON.createParser(reader)) {
            return read(parser);
        } catch (CharacterCodingException e) {
            throw damaged(file + ": header must be UTF-8, has a malformed byte");
        } catch (JsonProcessingException e) {
            throw damaged(file + ": header must be JSON: " + firstLine(Excerpt.json(e.getOriginalMessage())));
        } catch (IOException e) {
            throw damaged(file + ": header could not be read: " + firstLine(String.valueOf(e.getMessage())));
        }
    }

    private SafetensorsHeader read(JsonParser parser) throws IOException {
        expect(parser.nextToken(), JsonToken.START_OBJECT, "header");
        Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
        @Nullable Map<String, String> metadata = null;
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            if (name.equals("__metadata__")) {
                if (metadata != null) {
                    throw damaged(file + ": header must hold each key once, has '__metadata__' twice");
                }
                metadata = readMetadata(parser);
            } else if (entries.put(name, readEntry(parser, "tensor " + quoted(name))) != null) {
                throw damaged(file + ": header must hold each key once, has " + quoted(name) + " twice");
            }
        }
        expect(parser.currentToken(), JsonToken.END_OBJECT, "header");
        if (parser.nextToken() != null) {
            throw damaged(file + ": header must be one JSON object, has more after it");
        }
        return new SafetensorsHeader(metadata == null ? Map.of() : metadata, entries);
    }

    /** The texts by key; none where it is null, as the format's own library has it. */
    private Map<String, String> readMetadata(JsonParser parser) throws IOException {
        if (parser.nextToken() == JsonToken.VALUE_NULL) {
            return Map.of();
        }
        expect(parser.currentToken(), JsonToken.START_OBJECT, "__metadata__");
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            expect(parser.nextToken(), JsonToken.VALUE_STRING, "__metadata__." + quoted(key));
            if (metadata.put(key, parser.getText()) != null) {
                throw damaged(file + ": __metadata__ must hold each key once, has " + quoted(key) + " twice");
            }
        }
        expect(parser.currentToken(), JsonToken.END_OBJECT, "__metadata__");
        return metadata;
    }

    private SafetensorsHeader.Entry readEntry(JsonParser parser, String what) throws IOException {
        expect(parser.nextToken(), JsonToken.START_OBJECT, what);
        @Nullable TensorInfo type = null;
        @Nullable List<Long> shape = null;
        @Nullable List<Long> offsets = null;
        for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
            if (field.equals("dtype") && type == null) {
                type = readType(parser, what);
            } else if (field.equals("shape") && shape == null) {
                shape = readNumbers(parser, what + ": shape", MAX_RANK);
            } else if (field.equals("data_offsets") && offsets == null) {
                offsets = readNumbers(parser, what + ": data_offsets", 2);
            } else {
                throw damaged(file + ": " + what + ": must hold dtype, shape and data_offsets once each, has "
                        + quoted(field));
            }
        }
        expect(parser.currentToken(), JsonToken.END_OBJECT, what);
        if (type == null || shape == null || offsets == null) {
            throw damaged(file + ": " + what + ": must hold dtype, shape and data_offsets");
        }
        return entry(what, new TensorInfo(type.dtype(), shape, type.packing()), offsets);
    }

    private SafetensorsHeader.Entry entry(String what, TensorInfo info, List<Long> offsets) {
        if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
            throw damaged(file + ": " + what + ": data_offsets must be [begin, end] with begin <= end, are " + offsets);
        }
        long asked = bytes(what, info);
        long given = offsets.get(1) - offsets.get(0);
        if (asked != given) {
            throw damaged(file + ": " + what + ": " + info.type() + info.shape() + " must take " + asked
                    + " bytes, data_offsets give " + given);
        }
        return new SafetensorsHeader.Entry(info, offsets.get(0), offsets.get(1));
    }

    /** Size of the values; a product too large is refused even where a factor 0 would hide it. */
    private long bytes(String what, TensorInfo info) {
        long product = info.packing() == null ? info.dtype().bytes() : 1; // the header names no other packings
        boolean empty = false;
        for (long size : info.shape()) {
            empty |= size == 0;
            if (size != 0 && product > Long.MAX_VALUE / size) {
                throw damaged(file + ": " + what + ": shape must have fewer than 2^63 bytes, is " + info.shape());
            }
            product *= Math.max(size, 1);
        }
        return empty ? 0 : product;
    }

    /** The type alone, of no dimensions yet. */
    private TensorInfo readType(JsonParser parser, String what) throws IOException {
        expect(parser.nextToken(), JsonToken.VALUE_STRING, what + ": dtype");
        String name = parser.getText();
        Packing packing = Packing.ofSafetensors(name);
        if (packing != null) {
            return new TensorInfo(DType.FLOAT32, List.of(), packing);
        }
        try {
            return new TensorInfo(DType.ofSafetensors(name), List.of());
        } catch (IllegalArgumentException e) {
            String known = String.valueOf(e.getMessage());
            throw new WeightsException(
                    file + ": " + what + ": " + known.substring(0, known.lastIndexOf(", not " + name)) + ", "
                            + Packing.safetensorsNames() + ", not " + quoted(name)
                            + "; convert the file to one of them",
                    e);
        }
    }

    private List<Long> readNumbers(JsonParser parser, String what, int max) throws IOException {
        expect(parser.nextToken(), JsonToken.START_ARRAY, what);
        List<Long> numbers = new ArrayList<>(4);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
            if (numbers.size() == max) {
                throw damaged(file + ": " + what + ": must have at most " + max + " numbers");
            }
            if (parser.getText().charAt(0) == '-' || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw damaged(file + ": " + what + ": numbers must be 0 to 2^63 - 1, not "
                        + Excerpt.of(parser.getText(), 24));
            }
            numbers.add(parser.getLongValue());
        }
        return numbers;
    }

    private void expect(@Nullable JsonToken found, JsonToken wanted, String what) {
        if (found != wanted) {
            throw damaged(file + ": " + what + ": must be " + described(wanted) + ", is " + described(found));
        }
    }

    private static String described(@Nullable JsonToken token) {
        if (token == null) {
            return "at its end";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case END_OBJECT -> "the end of an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "text";
            case VALUE_NUMBER_INT -> "a whole number";
            default -> "a JSON " + token.name();
        };
    }

    private static String firstLine(String text) {
        return Excerpt.of(text.lines().findFirst().orElse(""), 160);
    }
}
