package io.bottleneck4j.models.media;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** A PNG file in memory, chunk after chunk. Source: PNG specification (third edition), 5 and 11. */
final class PngChunks {
    static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(file);

    private PngChunks() {}

    /** The whole file: the same picture and text give the same bytes, whatever the map's order. */
    static byte[] encode(Picture picture, Map<String, String> text) {
        try {
            PngChunks chunks = new PngChunks();
            chunks.out.write(SIGNATURE);
            chunks.header(picture);
            for (var entry : new TreeMap<>(text).entrySet()) {
                chunks.text(entry.getKey(), entry.getValue());
            }
            chunks.pixels(picture);
            chunks.chunk("IEND", new byte[0]);
            return chunks.file.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
    }

    private void header(Picture picture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeInt(picture.width());
        data.writeInt(picture.height());
        data.write(new byte[] {8, 2, 0, 0, 0}); // 8 bits, RGB, deflate, the five filters, not interlaced
        chunk("IHDR", bytes.toByteArray());
    }

    /** tEXt is Latin-1; what does not fit it goes to iTXt in UTF-8, as Pillow does. */
    private void text(String key, String value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(requireKey(key).getBytes(StandardCharsets.ISO_8859_1));
        CharsetEncoder latin = StandardCharsets.ISO_8859_1.newEncoder();
        if (latin.canEncode(value)) {
            bytes.write(0);
            bytes.write(value.getBytes(StandardCharsets.ISO_8859_1));
            chunk("tEXt", bytes.toByteArray());
        } else {
            bytes.write(new byte[5]); // end of key; not compressed; deflate; no language; no translated key
            bytes.write(value.getBytes(StandardCharsets.UTF_8));
            chunk("iTXt", bytes.toByteArray());
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

    private void pixels(Picture picture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(bytes)) {
            PngFilter.write(picture, deflater);
        }
        chunk("IDAT", bytes.toByteArray());
    }

    private void chunk(String type, byte[] data) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.writeInt(data.length);
        out.write(name);
        out.write(data);
        out.writeInt((int) crc.getValue());
    }
}
