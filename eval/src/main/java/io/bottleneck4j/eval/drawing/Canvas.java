package io.bottleneck4j.eval.drawing;

import io.bottleneck4j.models.media.Picture;
import java.util.Arrays;
import java.util.List;

/** A picture in the making: white, then what is drawn on it. What lies beyond its border is left out. */
public final class Canvas {
    private final int width;
    private final int height;
    private final byte[] rgb;

    /** A white one, of this size in pixels. */
    public Canvas(int width, int height) {
        this.width = width;
        this.height = height;
        this.rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        Arrays.fill(rgb, (byte) 255);
    }

    /** Fills a rectangle with a gray of 0 (black) to 255. */
    public void fill(int left, int top, int right, int bottom, int gray) {
        fill(left, top, right, bottom, new Ink(gray, gray, gray));
    }

    /** Fills a rectangle. */
    public void fill(int left, int top, int right, int bottom, Ink ink) {
        tint(left, top, right, bottom, 255, ink);
    }

    /** Fills a rectangle so that what is below shows through: coverage 0 to 255. */
    public void tint(int left, int top, int right, int bottom, int coverage, Ink ink) {
        for (int y = Math.max(0, top); y < Math.min(height, bottom); y++) {
            for (int x = Math.max(0, left); x < Math.min(width, right); x++) {
                blend(x, y, coverage, ink);
            }
        }
    }

    /** Draws a picture, its top left corner at a place. */
    public void draw(Picture picture, int left, int top) {
        byte[] source = picture.rgb();
        int shown = Math.min(picture.width(), width - left);
        for (int y = 0; y < picture.height() && top + y < height; y++) {
            System.arraycopy(source, 3 * y * picture.width(), rgb, 3 * ((top + y) * width + left), 3 * shown);
        }
    }

    /**
     * Fills a disc with smooth edges. A pixel's own place is half a pixel after its edge, from the left and from the
     * top.
     */
    public void disc(double x, double y, double radius, Ink ink) {
        for (int row = (int) (y - radius) - 1; row <= y + radius + 1; row++) {
            for (int column = (int) (x - radius) - 1; column <= x + radius + 1; column++) {
                double inside = radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y);
                blend(column, row, (int) Math.round(255 * Math.max(0, Math.min(1, inside))), ink);
            }
        }
    }

    /** Draws a line with smooth edges and round ends, so many pixels thick; places as of a disc's centre. */
    public void line(double fromX, double fromY, double toX, double toY, double thickness, Ink ink) {
        double length = Math.hypot(toX - fromX, toY - fromY);
        double reach = thickness / 2 + 1;
        for (int row = (int) (Math.min(fromY, toY) - reach); row <= Math.max(fromY, toY) + reach; row++) {
            for (int column = (int) (Math.min(fromX, toX) - reach); column <= Math.max(fromX, toX) + reach; column++) {
                double x = column + 0.5 - fromX;
                double y = row + 0.5 - fromY;
                double along = length == 0 ? 0 : (x * (toX - fromX) + y * (toY - fromY)) / (length * length);
                double nearest = Math.max(0, Math.min(1, along));
                double away = Math.hypot(x - nearest * (toX - fromX), y - nearest * (toY - fromY));
                blend(column, row, (int) Math.round(255 * Math.max(0, Math.min(1, (thickness + 1) / 2 - away))), ink);
            }
        }
    }

    /** Writes a line of text, black on what is there, its top left corner at a place. */
    public void write(Lettering face, String text, int left, int top) {
        int pen = left;
        for (int point : text.codePoints().toArray()) {
            Lettering.Letter letter = face.letter(point);
            for (int y = 0; y < letter.height(); y++) {
                for (int x = 0; x < letter.width(); x++) {
                    blend(pen + letter.left() + x, top + letter.top() + y, letter.coverage(x, y), Ink.BLACK);
                }
            }
            pen += letter.advance();
        }
    }

    /** The same, its top right corner at a place. */
    public void writeLeftOf(Lettering face, String text, int right, int top) {
        write(face, text, right - face.width(text), top);
    }

    /** The same, the middle of its top at a place. */
    public void writeAround(Lettering face, String text, int middle, int top) {
        write(face, text, middle - face.width(text) / 2, top);
    }

    private void blend(int x, int y, int coverage, Ink ink) {
        if (x < 0 || x >= width || y < 0 || y >= height) {
            return;
        }
        int at = 3 * (y * width + x);
        rgb[at] = mixed(rgb[at], ink.red(), coverage);
        rgb[at + 1] = mixed(rgb[at + 1], ink.green(), coverage);
        rgb[at + 2] = mixed(rgb[at + 2], ink.blue(), coverage);
    }

    private static byte mixed(byte below, int above, int coverage) {
        return (byte) (((below & 0xff) * (255 - coverage) + above * coverage) / 255);
    }

    /** What was drawn. */
    public Picture picture() {
        return new Picture(width, height, rgb);
    }

    /** A colour: red, green and blue of 0 to 255. */
    public record Ink(int red, int green, int blue) {
        /** Of text. */
        public static final Ink BLACK = new Ink(0, 0, 0);

        /** Of what must be told apart: Okabe and Ito's, safe for colour-blind eyes. */
        public static final List<Ink> DISTINCT = List.of(
                new Ink(0x00, 0x72, 0xB2),
                new Ink(0xE6, 0x9F, 0x00),
                new Ink(0x00, 0x9E, 0x73),
                new Ink(0xCC, 0x79, 0xA7),
                new Ink(0x56, 0xB4, 0xE9),
                new Ink(0xD5, 0x5E, 0x00),
                new Ink(0xF0, 0xE4, 0x42),
                BLACK);
    }
}
