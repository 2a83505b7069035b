package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/** What distances ask of sizes. */
final class SameSize {
    private SameSize() {}

    static void require(Picture picture, Picture reference) {
        if (picture.width() != reference.width() || picture.height() != reference.height()) {
            throw new IllegalArgumentException("pictures: must be of one size, not %s x %s and %s x %s px; resize one"
                    .formatted(picture.width(), picture.height(), reference.width(), reference.height()));
        }
    }

    static void requireSide(Picture picture, int least, String metric) {
        if (picture.width() < least || picture.height() < least) {
            throw new IllegalArgumentException(
                    "pictures: must be at least %s px wide and high for %s, not %s x %s; use a larger size"
                            .formatted(least, metric, picture.width(), picture.height()));
        }
    }
}
