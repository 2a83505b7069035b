package io.bottleneck4j.eval.drawing;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.PrimitiveIterator;
import java.util.zip.GZIPInputStream;

/**
 * Letters as pictures, for labels: Latin, Greek and Cyrillic, from a resource that tools/lettering makes. Java2D cannot be asked to draw
 * them: it stops with an InternalError where the system has no fonts, as in a bare container.
 */
public final class Lettering {
    /** For text. */
    public static final Lettering REGULAR;
    /** For headings. */
    public static final Lettering BOLD;

    static {
        Lettering[] faces = read();
        REGULAR = faces[0];
        BOLD = faces[1];
    }

    private final int lineHeight;
    private final Map<Integer, Letter> letters;

    private Lettering(int lineHeight, Map<Integer, Letter> letters) {
        this.lineHeight = lineHeight;
        this.letters = letters;
    }

    /** From the top of one line to the top of the next, in px. */
    public int lineHeight() {
        return lineHeight;
    }

    /** The letter of a code point; a box for one that is missing. */
    Letter letter(int codePoint) {
        return Objects.requireNonNull(letters.getOrDefault(codePoint, letters.get(0)));
    }

    /** How wide a text is, in px. */
    public int width(String text) {
        return text.codePoints().map(point -> letter(point).advance()).sum();
    }

    /** As much of a text as fits, with an ellipsis where it does not. */
    public String cut(String text, int width) {
        if (width(text) <= width) {
            return text;
        }
        int left = width - letter('…').advance();
        StringBuilder kept = new StringBuilder();
        for (PrimitiveIterator.OfInt points = text.codePoints().iterator(); points.hasNext(); ) {
            int point = points.nextInt();
            left -= letter(point).advance();
            if (left < 0) {
                break;
            }
            kept.appendCodePoint(point);
        }
        return kept.append('…').toString();
    }

    private static Lettering[] read() {
        try (InputStream packed =
                        Objects.requireNonNull(Lettering.class.getResourceAsStream("lettering.bin"), "lettering.bin");
                DataInputStream in = new DataInputStream(new GZIPInputStream(packed))) {
            Lettering[] faces = new Lettering[in.readUnsignedByte()];
            for (int i = 0; i < faces.length; i++) {
                faces[i] = face(in);
            }
            return faces;
        } catch (IOException e) {
            throw new UncheckedIOException("lettering.bin: cannot be read; is the program's jar whole?", e);
        }
    }

    private static Lettering face(DataInputStream in) throws IOException {
        int lineHeight = in.readUnsignedByte();
        int count = in.readUnsignedShort();
        Map<Integer, Letter> letters = new HashMap<>();
        for (int i = 0; i < count; i++) {
            int codePoint = in.readInt();
            int advance = in.readUnsignedByte();
            int left = in.readByte();
            int top = in.readByte();
            int width = in.readUnsignedByte();
            int height = in.readUnsignedByte();
            letters.put(codePoint, new Letter(in.readNBytes(width * height), advance, left, top, width, height));
        }
        return new Lettering(lineHeight, letters);
    }

    /**
     * A letter's ink [height, width], 0..255 as unsigned bytes, and where it lies, in px: from its place to that of the
     * next letter, and from its place and the top of the line to its ink.
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Letter(byte[] ink, int advance, int left, int top, int width, int height) {
        /** How much of a pixel is ink, 0 to 255. */
        int coverage(int x, int y) {
            return ink[y * width + x] & 0xff;
        }
    }
}
