package io.bottleneck4j.torch.io;

import static io.bottleneck4j.torch.io.Excerpt.quoted;
import static io.bottleneck4j.torch.io.GgufHeader.damaged;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads a GGUF header, versions 2 and 3, little-endian.
 *
 * <p>Everything is strict, since the file may come from anywhere: texts and lists must fit into what is left of the header before anything
 * is allocated for them, tensors must lie one after the other, each at the next multiple of the alignment. Source: docs/gguf.md and gguf.cpp
 * of ggml, gguf@0.19.0.
 */
final class GgufParser {
    /** Longest header read, in bytes; those of published models with a vocabulary take some megabytes. */
    static final int MAX_LENGTH = 100_000_000;

    private static final int MAGIC = 0x46554747; // "GGUF", little-endian
    private static final String ALIGNMENT = "general.alignment";
    private static final long DEFAULT_ALIGNMENT = 32;
    private static final long LEAST_ALIGNMENT = 8;
    private static final long MOST_ALIGNMENT = 1 << 20;
    private static final int MAX_DIMENSIONS = 5; // the format says 4; convolutions of videos have one more
    /** Lists of lists of lists are in no published file. */
    private static final int MAX_DEPTH = 4;
    /** The shape a tensor had before its rows were laid out for blocks. */
    private static final String ORIGINAL_SHAPE = "comfy.gguf.orig_shape.";

    // Types of metadata that are not numbers.
    private static final int TEXT = 8;
    private static final int LIST = 9;

    private static final int LEAST_TEXT = 8; // its length
    private static final int LEAST_LIST = 4 + 8; // type, length
    private static final int LEAST_PAIR = 8 + 4 + 1; // length of a key, type, value
    private static final int LEAST_TENSOR = 8 + 4 + 4 + 8; // length of a name, dimensions, type, offset

    private final String file;
    private final InputStream in;
    private final long fileBytes;
    private final byte[] word = new byte[8];
    private long position;

    GgufParser(String file, InputStream in, long fileBytes) {
        this.file = file;
        this.in = in;
        this.fileBytes = fileBytes;
    }

    /** A tensor as the header states it; its offset counts from the first byte of data. */
    private record Stated(TensorInfo info, long offset) {}

    GgufHeader parse() throws IOException {
        if (fileBytes < 24) {
            throw damaged(file + ": is truncated: must begin with 24 bytes of header, has " + fileBytes);
        }
        if (int32() != MAGIC) {
            throw damaged(file + ": must begin with 'GGUF', does not");
        }
        int version = int32();
        if (version != 2 && version != 3) {
            boolean swapped = Integer.reverseBytes(version) > 0 && Integer.reverseBytes(version) < 256;
            throw new WeightsException(file + ": GGUF must be of version 2 or 3, little-endian, is "
                    + (swapped ? "big-endian" : "of version " + Integer.toUnsignedString(version))
                    + "; convert it with gguf-py, or fetch a newer file");
        }
        long tensors = count("tensors", LEAST_TENSOR);
        long pairs = count("metadata", LEAST_PAIR);
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (long i = 0; i < pairs; i++) {
            String key = text("key of metadata");
            if (metadata.put(key, value(int32(), "metadata " + quoted(key), 0)) != null) {
                throw damaged(file + ": metadata must hold each key once, has " + quoted(key) + " twice");
            }
        }
        Map<String, Stated> stated = new LinkedHashMap<>();
        for (long i = 0; i < tensors; i++) {
            String name = text("name of a tensor");
            if (stated.put(name, tensor(name, metadata)) != null) {
                throw damaged(file + ": must hold each tensor once, has " + quoted(name) + " twice");
            }
        }
        return placed(metadata, stated);
    }

    private Stated tensor(String name, Map<String, Object> metadata) throws IOException {
        String what = "tensor " + quoted(name);
        int dimensions = int32();
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
            throw damaged(file + ": " + what + ": must have at most " + MAX_DIMENSIONS + " dimensions, has "
                    + Integer.toUnsignedString(dimensions));
        }
        List<Long> shape = new ArrayList<>(dimensions);
        long product = 1;
        for (int i = 0; i < dimensions; i++) {
            long size = int64();
            if (size < 0 || (size > 0 && product > Long.MAX_VALUE / 8 / size)) {
                throw damaged(file + ": " + what + ": must have fewer than 2^63 bytes, has the sizes "
                        + Excerpt.listed(shape) + " and " + Long.toUnsignedString(size));
            }
            product *= Math.max(size, 1);
            shape.add(size);
        }
        Collections.reverse(shape);
        TensorInfo type = GgufType.of(int32(), file + ": " + what);
        if (type.packing() != null) {
            long row = shape.isEmpty() ? 1 : shape.get(shape.size() - 1);
            if (row % type.packing().blockValues() != 0) {
                throw damaged(file + ": " + what + ": rows of " + type.type() + " must have a multiple of "
                        + type.packing().blockValues() + " values, have " + row);
            }
        }
        return new Stated(new TensorInfo(type.dtype(), original(name, shape, metadata), type.packing()), int64());
    }

    /** The shape before rows were joined for the sake of blocks, which ComfyUI-GGUF notes. */
    private List<Long> original(String name, List<Long> shape, Map<String, Object> metadata) {
        Object noted = metadata.get(ORIGINAL_SHAPE + name);
        if (noted == null) {
            return shape;
        }
        long values = shape.stream().reduce(1L, (a, b) -> a * b);
        List<Long> original = new ArrayList<>();
        long product = 1;
        for (Object size : noted instanceof List<?> sizes ? sizes : List.of(noted)) {
            if (!(size instanceof Long number) || number < 0 || (number > 0 && product > values / number)) {
                throw damaged(file + ": metadata " + quoted(ORIGINAL_SHAPE + name)
                        + ": must be a shape of as many values as " + shape + ", is " + Excerpt.listed(List.of(noted)));
            }
            product *= number;
            original.add(number);
        }
        if (product != values) {
            throw damaged(file + ": metadata " + quoted(ORIGINAL_SHAPE + name)
                    + ": must be a shape of as many values as " + shape + ", is " + original);
        }
        return original;
    }

    /** Each tensor at its place in the file, once they are known to lie one after the other. */
    private GgufHeader placed(Map<String, Object> metadata, Map<String, Stated> stated) {
        long alignment = alignment(metadata);
        long dataStart = aligned(position, alignment);
        List<Map.Entry<String, Stated>> ordered = new ArrayList<>(stated.entrySet());
        ordered.sort(Comparator.comparingLong(
                        (Map.Entry<String, Stated> e) -> e.getValue().offset())
                .thenComparingLong(e -> e.getValue().info().bytes()));
        long end = 0;
        for (Map.Entry<String, Stated> entry : ordered) {
            long offset = entry.getValue().offset();
            String what = file + ": tensor " + quoted(entry.getKey());
            if (offset < 0 || offset % alignment != 0) {
                throw damaged(what + ": offset must be a multiple of the alignment, " + alignment + ", is "
                        + Long.toUnsignedString(offset));
            }
            if (offset != aligned(end, alignment)) {
                throw damaged(what + ": data must begin at byte " + aligned(end, alignment)
                        + ", after the tensor before it, not at " + offset);
            }
            long bytes = entry.getValue().info().bytes();
            if (bytes > fileBytes - dataStart - offset) {
                throw damaged(what + ": is truncated: takes " + bytes + " bytes from byte " + (dataStart + offset)
                        + " on, the file has " + fileBytes);
            }
            end = offset + bytes;
        }
        long dataBytes = Math.max(0, fileBytes - dataStart);
        if (dataBytes > aligned(end, alignment)) {
            throw damaged(file + ": data must end with the last tensor at byte " + (dataStart + end) + ", not at "
                    + fileBytes);
        }
        Map<String, MappedTensors.Place> entries = new LinkedHashMap<>();
        stated.forEach((name, tensor) ->
                entries.put(name, new MappedTensors.Place(tensor.info(), dataStart + tensor.offset())));
        return new GgufHeader(metadata, entries);
    }

    private long alignment(Map<String, Object> metadata) {
        Object given = metadata.getOrDefault(ALIGNMENT, DEFAULT_ALIGNMENT);
        if (given instanceof Long alignment
                && alignment >= LEAST_ALIGNMENT
                && alignment <= MOST_ALIGNMENT
                && Long.bitCount(alignment) == 1) {
            return alignment;
        }
        throw damaged(file + ": metadata '" + ALIGNMENT + "': must be a power of 2 from " + LEAST_ALIGNMENT + " to "
                + MOST_ALIGNMENT + ", is " + Excerpt.of(String.valueOf(given), 40));
    }

    private static long aligned(long position, long alignment) {
        return (position + alignment - 1) / alignment * alignment;
    }

    private Object value(int type, String what, int depth) throws IOException {
        return switch (type) {
            case TEXT -> text(what);
            case LIST -> list(what, depth);
            default -> number(type, what, little(size(type, what)), 0);
        };
    }

    private List<?> list(String what, int depth) throws IOException {
        int type = int32();
        if (depth == MAX_DEPTH) {
            throw damaged(file + ": " + what + ": must hold lists in at most " + MAX_DEPTH + " levels, has more");
        }
        if (type == TEXT || type == LIST) {
            long count = count(what, type == TEXT ? LEAST_TEXT : LEAST_LIST);
            List<Object> values = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                values.add(value(type, what, depth + 1));
            }
            return Collections.unmodifiableList(values);
        }
        int size = size(type, what);
        return new Numbers(type, size, ByteBuffer.wrap(bytes(count(what, size) * size, what)));
    }

    /** Numbers as they lie in the file: as objects each would take some twenty times as much. */
    private static final class Numbers extends AbstractList<Object> {
        private final int type;
        private final int size;
        private final ByteBuffer bytes;

        Numbers(int type, int size, ByteBuffer bytes) {
            this.type = type;
            this.size = size;
            this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public Object get(int index) {
            return number(type, "list", bytes, Objects.checkIndex(index, size()) * size);
        }

        @Override
        public int size() {
            return bytes.capacity() / size;
        }
    }

    /** Bytes of a number of this type. */
    private int size(int type, String what) {
        return switch (type) {
            case 0, 1, 7 -> 1;
            case 2, 3 -> 2;
            case 4, 5, 6 -> 4;
            case 10, 11, 12 -> 8;
            default ->
                throw damaged(file + ": " + what + ": type must be 0 to 12, is " + Integer.toUnsignedString(type));
        };
    }

    private static Object number(int type, String what, ByteBuffer bytes, int at) {
        return switch (type) {
            case 0 -> (long) (bytes.get(at) & 0xff);
            case 1 -> (long) bytes.get(at);
            case 2 -> (long) (bytes.getShort(at) & 0xffff);
            case 3 -> (long) bytes.getShort(at);
            case 4 -> bytes.getInt(at) & 0xffff_ffffL;
            case 5 -> (long) bytes.getInt(at);
            case 6 -> (double) bytes.getFloat(at);
            case 7 -> bytes.get(at) != 0;
            case 10, 11 -> bytes.getLong(at);
            case 12 -> bytes.getDouble(at);
            default -> throw new IllegalArgumentException(what + ": type " + type + " is no number");
        };
    }

    private String text(String what) throws IOException {
        byte[] bytes = bytes(count(what, 1), what);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw damaged(file + ": " + what + ": must be UTF-8, has a malformed byte");
        }
    }

    /** So many bytes, which are known to fit. */
    private byte[] bytes(long count, String what) throws IOException {
        byte[] bytes = in.readNBytes((int) count);
        if (bytes.length < count) {
            throw damaged(file + ": " + what + ": is truncated, has " + bytes.length + " bytes of " + count);
        }
        position += count;
        return bytes;
    }

    /** A number of things of which each takes some bytes at least, once it is known that as many can follow. */
    private long count(String what, int leastBytes) throws IOException {
        long count = int64();
        long left = left();
        if (count < 0 || count > left / leastBytes) {
            throw damaged(file + ": " + what + ": must have at most " + left / leastBytes + " entries in the " + left
                    + " bytes that a header may go on for, has " + Long.toUnsignedString(count));
        }
        return count;
    }

    private long left() {
        return Math.min(fileBytes, MAX_LENGTH) - position;
    }

    private int int32() throws IOException {
        return little(4).getInt();
    }

    private long int64() throws IOException {
        return little(8).getLong();
    }

    private ByteBuffer little(int bytes) throws IOException {
        return ByteBuffer.wrap(take(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The next bytes, in memory that the next call writes over. */
    private byte[] take(int bytes) throws IOException {
        if (bytes > left() || in.readNBytes(word, 0, bytes) < bytes) {
            throw damaged(file + ": is truncated: its header goes on after byte " + position + ", of " + fileBytes
                    + " bytes of which at most " + MAX_LENGTH + " are header");
        }
        position += bytes;
        return word;
    }
}
