package io.bottleneck4j.torch.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a safetensors file says of itself before its data: free-text metadata, and each tensor's type, shape and place.
 *
 * <p>A file is 8 bytes of header length (little-endian), the header (JSON, padded with spaces) and the data. Everything
 * that reads a header is strict, since the file may come from anywhere: tensors must lie one after the other without hole,
 * overlap or remainder, each of exactly the size its shape and type ask for. What is allocated grows with the header's own
 * bytes, never with a number written in it.
 *
 * <p>Source: README.md, "Format", and src/tensor.rs of safetensors@0.8.0.
 *
 * @param metadata free text by key; empty if the file has none
 * @param entries tensors by name, in the header's order
 */
public record SafetensorsHeader(Map<String, String> metadata, Map<String, Entry> entries) {
    /** Bytes before the header: its length. */
    static final int PREFIX = 8;
    /** Longest header accepted, in bytes; the format's own limit. */
    static final int MAX_LENGTH = 100_000_000;

    /**
     * One tensor's place.
     *
     * @param info type and shape
     * @param begin first byte, counted from the end of the header
     * @param end byte after the last, counted likewise
     */
    public record Entry(TensorInfo info, long begin, long end) {}

    public SafetensorsHeader {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /**
     * Reads a header.
     *
     * @param file named in messages
     * @param json the header without its length; its position stays
     * @param dataBytes size of what follows the header
     * @throws WeightsException if the header breaks a rule of the format
     */
    public static SafetensorsHeader parse(String file, ByteBuffer json, long dataBytes) {
        requireFrame(file, json);
        SafetensorsHeader header = new HeaderParser(file).parse(json.slice());
        header.requireContiguous(file, dataBytes);
        return header;
    }

    /** Reads the header at the start of a file of {@code fileBytes}. */
    static ByteBuffer readJson(String file, FileChannel channel, long fileBytes) throws IOException {
        ByteBuffer prefix = ByteBuffer.allocate(PREFIX).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, prefix, 0);
        ByteBuffer json = ByteBuffer.allocate(requireLength(file, prefix.flip(), fileBytes));
        readFully(channel, json, PREFIX);
        return json.flip();
    }

    /** The header's length from the file's first bytes, once it is known to fit. */
    static int requireLength(String file, ByteBuffer prefix, long fileBytes) {
        if (fileBytes < PREFIX || prefix.remaining() < PREFIX) {
            throw damaged(file + ": must begin with 8 bytes of header length, has " + fileBytes + " bytes");
        }
        long length = prefix.order(ByteOrder.LITTLE_ENDIAN).getLong(prefix.position());
        if (Long.compareUnsigned(length, MAX_LENGTH) > 0) {
            throw damaged(file + ": header length must be at most " + MAX_LENGTH + " bytes, is "
                    + Long.toUnsignedString(length));
        }
        if (length > fileBytes - PREFIX) {
            throw damaged(file + ": header length must be at most the " + (fileBytes - PREFIX)
                    + " bytes that follow, is " + length);
        }
        return (int) length;
    }

    static void readFully(FileChannel channel, ByteBuffer into, long position) throws IOException {
        long start = position - into.position();
        while (into.hasRemaining()) {
            if (channel.read(into, start + into.position()) < 0) {
                return;
            }
        }
    }

    private static void requireFrame(String file, ByteBuffer json) {
        if (!json.hasRemaining() || json.get(json.position()) != '{') {
            throw damaged(file + ": header must start with '{'");
        }
        int last = json.limit() - 1;
        while (json.get(last) == ' ') {
            last--;
        }
        if (json.get(last) != '}') {
            throw damaged(file + ": header must end with '}' and spaces");
        }
    }

    private void requireContiguous(String file, long dataBytes) {
        List<Map.Entry<String, Entry>> ordered = new ArrayList<>(entries.entrySet());
        ordered.sort(Comparator.comparingLong(
                        (Map.Entry<String, Entry> e) -> e.getValue().begin())
                .thenComparingLong(e -> e.getValue().end()));
        long expected = 0;
        for (Map.Entry<String, Entry> entry : ordered) {
            Entry place = entry.getValue();
            if (place.begin() != expected) {
                throw damaged(file + ": tensor " + Excerpt.quoted(entry.getKey()) + ": data must begin at byte "
                        + expected + ", where the one before ends, not at " + place.begin());
            }
            expected = place.end();
        }
        if (expected > dataBytes) {
            throw damaged(file + ": is truncated: tensors take " + expected + " bytes after the header, the file has "
                    + dataBytes);
        }
        if (expected < dataBytes) {
            throw damaged(file + ": data must end with the last tensor at byte " + expected + ", not at " + dataBytes);
        }
    }

    static WeightsException damaged(String text) {
        return new WeightsException(text + "; the file is damaged or not safetensors, fetch it again");
    }
}
