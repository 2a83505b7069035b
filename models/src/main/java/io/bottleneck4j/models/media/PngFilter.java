package io.bottleneck4j.models.media;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The five row filters of PNG. Of each row the one with the least sum of absolute values is written, which makes a
 * picture much smaller than no filter. Source: PNG specification (third edition), 9 and 12.7.
 */
final class PngFilter {
    private static final int FILTERS = 5;
    private static final int PIXEL = 3;

    private PngFilter() {}

    /** Writes every row behind its filter's number. */
    static void write(Picture picture, OutputStream out) throws IOException {
        int row = PIXEL * picture.width();
        byte[] above = new byte[PIXEL + row]; // a black pixel stands before each row, and a black row above the first
        byte[] current = new byte[PIXEL + row];
        byte[][] filtered = new byte[FILTERS][1 + row];
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
                    target[1 + i] =
                            (byte) (current[i + PIXEL] - (((current[i] & 0xff) + (above[i + PIXEL] & 0xff)) >> 1));
                }
            }
            default -> {
                for (int i = 0; i < end; i++) {
                    target[1 + i] = (byte)
                            (current[i + PIXEL] - paeth(current[i] & 0xff, above[i + PIXEL] & 0xff, above[i] & 0xff));
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
