package io.bottleneck4j.models.vision;

/**
 * A thing found in a picture.
 *
 * @param label what it is
 * @param score how sure, 0 to 1
 * @param x of its centre, as a part of the picture's width
 * @param y of its centre, as a part of the picture's height
 * @param side of its square, as a part of the picture's side
 */
public record Detection(String label, double score, double x, double y, double side) {

    /** How far two centres are apart. */
    double distance(Detection other) {
        return Math.hypot(x - other.x, y - other.y);
    }
}
