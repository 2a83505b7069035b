package io.bottleneck4j.models.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A WebP without its colour profile, which is not applied, and which decoders refuse a picture for where it is damaged.
 *
 * <p>Source: RFC 9649, 2.7.
 */
final class WebpPixels {
    private static final int HEAD = 12; // RIFF, its size, WEBP
    private static final int CHUNK_HEAD = 8;
    private static final int HAS_PROFILE = 0x20;

    private WebpPixels() {}

    static boolean isWebp(byte[] file) {
        return file.length >= HEAD && is(file, 0, "RIFF") && is(file, 8, "WEBP");
    }

    private static boolean is(byte[] file, int at, String name) {
        return new String(file, at, 4, StandardCharsets.ISO_8859_1).equals(name);
    }

    /** The file without; one that is cut stays cut. */
    static byte[] only(byte[] webp) {
        ByteBuffer in = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
        ByteArrayOutputStream kept = new ByteArrayOutputStream(webp.length);
        kept.write(webp, 0, HEAD);
        int at = HEAD;
        while (webp.length - at >= CHUNK_HEAD) {
            long stated = in.getInt(at + 4) & 0xffffffffL;
            int size = (int) Math.min(CHUNK_HEAD + stated + (stated & 1), webp.length - at);
            if (!is(webp, at, "ICCP")) {
                byte[] chunk = new byte[size];
                in.get(at, chunk);
                if (is(webp, at, "VP8X") && size > CHUNK_HEAD) {
                    chunk[CHUNK_HEAD] &= ~HAS_PROFILE;
                }
                kept.write(chunk, 0, size);
            }
            at += size;
        }
        kept.write(webp, at, webp.length - at);
        byte[] whole = kept.toByteArray();
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putInt(4, in.getInt(4) - (webp.length - whole.length));
        return whole;
    }
}
