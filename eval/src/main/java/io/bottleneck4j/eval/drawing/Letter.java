package io.bottleneck4j.eval.drawing;

/** A letter's ink, and where it lies; in px. */
final class Letter {
    private final byte[] coverage;
    private final int advance;
    private final int left;
    private final int top;
    private final int width;
    private final int height;

    /**
     * Takes over the array.
     *
     * @param coverage [height, width], 0..255 as unsigned bytes
     * @param advance from its place to that of the next letter
     * @param left from its place to its ink
     * @param top from the top of the line to its ink
     */
    Letter(byte[] coverage, int advance, int left, int top, int width, int height) {
        this.coverage = coverage;
        this.advance = advance;
        this.left = left;
        this.top = top;
        this.width = width;
        this.height = height;
    }

    int advance() {
        return advance;
    }

    int left() {
        return left;
    }

    int top() {
        return top;
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** How much of a pixel is ink, 0 to 255. */
    int coverage(int x, int y) {
        return coverage[y * width + x] & 0xff;
    }
}
