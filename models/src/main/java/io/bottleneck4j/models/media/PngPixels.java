package io.bottleneck4j.models.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/**
 * A PNG without the chunks that its pixels do not need. Texts and profiles may be compressed, and a small file's may unpack to more than
 * any memory holds; decoders unpack them whether anyone asks for them or not.
 *
 * <p>Source: PNG specification (third edition), 5.3 and 11.
 */
final class PngPixels {
    private static final Set<String> NEEDED = Set.of("IHDR", "PLTE", "tRNS", "eXIf", "IDAT", "IEND");
    private static final int AROUND_DATA = 12; // length, type and checksum

    private PngPixels() {}

    static boolean isPng(byte[] file) {
        int length = PngWriter.SIGNATURE.length;
        return file.length >= length && Arrays.equals(file, 0, length, PngWriter.SIGNATURE, 0, length);
    }

    /** The file with the chunks that matter, as they are; one that is cut stays cut, so that decoders say so. */
    static byte[] only(byte[] png) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream(png.length);
        kept.write(png, 0, PngWriter.SIGNATURE.length);
        int at = PngWriter.SIGNATURE.length;
        while (png.length - at >= AROUND_DATA) {
            long stated = ByteBuffer.wrap(png).getInt(at) & 0xffffffffL;
            int size = (int) Math.min(stated + AROUND_DATA, png.length - at);
            String type = new String(png, at + 4, 4, StandardCharsets.ISO_8859_1);
            if (NEEDED.contains(type)) {
                kept.write(png, at, size);
            }
            at += size;
            if (type.equals("IEND")) {
                break;
            }
        }
        return kept.toByteArray();
    }
}
