package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/** What every distance needs. */
final class SameSize {
    private SameSize() {}

    static void require(Picture picture, Picture reference) {
        if (picture.width() != reference.width() || picture.height() != reference.height()) {
            throw new IllegalArgumentException("pictures: must be of one size, not %s x %s and %s x %s px; resize one"
                    .formatted(picture.width(), picture.height(), reference.width(), reference.height()));
        }
    }
}
