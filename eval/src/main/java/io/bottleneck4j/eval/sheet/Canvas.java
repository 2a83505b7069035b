package io.bottleneck4j.eval.sheet;

import io.bottleneck4j.models.media.Picture;
import java.util.Arrays;

/** A picture in the making: white, then what is drawn on it. What lies beyond its border is left out. */
final class Canvas {
    private final int width;
    private final int height;
    private final byte[] rgb;

    /**
     * A white one.
     *
     * @param width pixels
     * @param height pixels
     */
    Canvas(int width, int height) {
        this.width = width;
        this.height = height;
        this.rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        Arrays.fill(rgb, (byte) 255);
    }

    /** Fills a rectangle with a gray of 0 (black) to 255. */
    void fill(int left, int top, int right, int bottom, int gray) {
        for (int y = Math.max(0, top); y < Math.min(height, bottom); y++) {
            int from = Math.max(0, left);
            int to = Math.min(width, right);
            if (from < to) {
                Arrays.fill(rgb, 3 * (y * width + from), 3 * (y * width + to), (byte) gray);
            }
        }
    }

    /** Draws a picture, its top left corner at a place. */
    void draw(Picture picture, int left, int top) {
        byte[] source = picture.rgb();
        int shown = Math.min(picture.width(), width - left);
        for (int y = 0; y < picture.height() && top + y < height; y++) {
            System.arraycopy(source, 3 * y * picture.width(), rgb, 3 * ((top + y) * width + left), 3 * shown);
        }
    }

    /** Writes a line of text, black on what is there, its top left corner at a place. */
    void write(Lettering face, String text, int left, int top) {
        int pen = left;
        for (int point : text.codePoints().toArray()) {
            Letter letter = face.letter(point);
            ink(letter, pen + letter.left(), top + letter.top());
            pen += letter.advance();
        }
    }

    private void ink(Letter letter, int left, int top) {
        for (int y = 0; y < letter.height(); y++) {
            for (int x = 0; x < letter.width(); x++) {
                darken(left + x, top + y, letter.coverage(x, y));
            }
        }
    }

    private void darken(int x, int y, int coverage) {
        if (x < 0 || x >= width || y < 0 || y >= height) {
            return;
        }
        for (int at = 3 * (y * width + x), end = at + 3; at < end; at++) {
            rgb[at] = (byte) ((rgb[at] & 0xff) * (255 - coverage) / 255);
        }
    }

    Picture picture() {
        return new Picture(width, height, rgb);
    }
}
