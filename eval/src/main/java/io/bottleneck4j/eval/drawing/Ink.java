package io.bottleneck4j.eval.drawing;

import java.util.List;

/**
 * A colour.
 *
 * @param red 0 to 255
 * @param green 0 to 255
 * @param blue 0 to 255
 */
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
