package io.bottleneck4j.models.media;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.apiguardian.api.API;

/**
 * Writes PNG files whole or not at all. Of each row's five filters the one with the least sum of absolute values is written. Source: PNG
 * specification (third edition), 5, 9, 11 and 12.7.
 *
 * <p>The JDK's own writer is not used: its files are more than twice as large, and it starts AWT; docs/adr/0014 has the figures.
 */
@API(status = API.Status.STABLE)
public final class PngWriter {
    static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int FILTERS = 5;
    private static final int PIXEL = 3;

    private PngWriter() {}

    /**
     * Writes a picture with its texts, over an older file of that name. The same input gives the same bytes.
     *
     * @param text what the file says of itself, such as Automatic1111's {@code parameters}; by key, 1 to 79 Latin-1
     *     characters
     * @throws IllegalArgumentException if a key is not one of PNG
     * @throws IOException if the file cannot be written; the message says what to do, and no half-written file is left
     */
    public static void write(Path file, Picture picture, Map<String, String> text) throws IOException {
        WholeFile.write(file, bytes(picture, text));
    }

    /**
     * Finds out before a long run whether {@link #write} has a place to write to.
     *
     * @throws IOException if the folder is missing or not writable, or the name is a folder's
     */
    public static void requireTarget(Path file) throws IOException {
        WholeFile.requireTarget(file);
    }

    /**
     * The bytes of such a file, the same whatever the map's order.
     *
     * @throws IllegalArgumentException if a key is not one of PNG
     */
    public static byte[] bytes(Picture picture, Map<String, String> text) {
        try (ByteArrayOutputStream file = new ByteArrayOutputStream()) {
            file.write(SIGNATURE);
            chunk(file, "IHDR", header(picture));
            for (var entry : new TreeMap<>(text).entrySet()) {
                text(file, requireKey(entry.getKey()), entry.getValue());
            }
            chunk(file, "IDAT", pixels(picture));
            chunk(file, "IEND", new byte[0]);
            return file.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
    }

    /** 8 bits, RGB, deflate, the five filters, not interlaced. */
    private static byte[] header(Picture picture) {
        return ByteBuffer.allocate(13)
                .putInt(picture.width())
                .putInt(picture.height())
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
    }

    /** tEXt is Latin-1; what does not fit it goes to iTXt in UTF-8, as Pillow does. */
    private static void text(OutputStream file, String key, String value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(key.getBytes(StandardCharsets.ISO_8859_1));
        if (StandardCharsets.ISO_8859_1.newEncoder().canEncode(value)) {
            bytes.write(0);
            bytes.write(value.getBytes(StandardCharsets.ISO_8859_1));
            chunk(file, "tEXt", bytes.toByteArray());
        } else {
            bytes.write(new byte[5]); // end of key; not compressed; deflate; no language; no translated key
            bytes.write(value.getBytes(StandardCharsets.UTF_8));
            chunk(file, "iTXt", bytes.toByteArray());
        }
    }

    private static String requireKey(String key) {
        boolean printable = key.chars().allMatch(c -> (c >= 32 && c <= 126) || (c >= 161 && c <= 255));
        if (key.isEmpty() || key.length() > 79 || !printable || !key.equals(key.strip()) || key.contains("  ")) {
            throw new IllegalArgumentException("key: must be 1 to 79 Latin-1 characters without outer or double"
                    + " spaces, not \"" + key + "\"; shorten or rename it");
        }
        return key;
    }

    private static void chunk(OutputStream file, String type, byte[] data) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        file.write(ByteBuffer.allocate(4).putInt(data.length).array());
        file.write(name);
        file.write(data);
        file.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /** Every row behind its filter's number, deflated. */
    private static byte[] pixels(Picture picture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int row = PIXEL * picture.width();
        byte[] above = new byte[PIXEL + row]; // a black pixel stands before each row, and a black row above the first
        byte[] current = new byte[PIXEL + row];
        byte[][] filtered = new byte[FILTERS][1 + row];
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            for (int y = 0; y < picture.height(); y++) {
                picture.copyRow(y, current, PIXEL);
                int best = 0;
                long least = Long.MAX_VALUE;
                for (int filter = 0; filter < FILTERS; filter++) {
                    long cost = apply(filter, current, above, filtered[filter]);
                    if (cost < least) {
                        least = cost;
                        best = filter;
                    }
                }
                out.write(filtered[best]);
                byte[] swap = above;
                above = current;
                current = swap;
            }
        }
        return bytes.toByteArray();
    }

    /** One loop a filter: a switch inside would be slow until the JIT compiler has seen it. */
    private static long apply(int filter, byte[] current, byte[] above, byte[] target) {
        target[0] = (byte) filter;
        int end = current.length - PIXEL;
        switch (filter) {
            case 0 -> System.arraycopy(current, PIXEL, target, 1, end);
            case 1 -> {
                for (int i = 0; i < end; i++) {
                    target[1 + i] = (byte) (current[i + PIXEL] - current[i]);
                }
            }
            case 2 -> {
                for (int i = 0; i < end; i++) {
                    target[1 + i] = (byte) (current[i + PIXEL] - above[i + PIXEL]);
                }
            }
            case 3 -> {
                for (int i = 0; i < end; i++) {
                    int mean = ((current[i] & 0xff) + (above[i + PIXEL] & 0xff)) >> 1;
                    target[1 + i] = (byte) (current[i + PIXEL] - mean);
                }
            }
            default -> {
                for (int i = 0; i < end; i++) {
                    int near = paeth(current[i] & 0xff, above[i + PIXEL] & 0xff, above[i] & 0xff);
                    target[1 + i] = (byte) (current[i + PIXEL] - near);
                }
            }
        }
        long cost = 0;
        for (int i = 1; i <= end; i++) {
            cost += Math.abs(target[i]);
        }
        return cost;
    }

    private static int paeth(int a, int b, int c) {
        int toA = Math.abs(b - c);
        int toB = Math.abs(a - c);
        int toC = Math.abs(a + b - 2 * c);
        if (toA <= toB && toA <= toC) {
            return a;
        }
        return toB <= toC ? b : c;
    }
}
