package io.bottleneck4j.eval.suite;

import io.bottleneck4j.models.vision.Detection;
import java.util.Locale;

/** Where the first of two things lies, seen from the second. */
public enum Relation {
    LEFT,
    RIGHT,
    ABOVE,
    BELOW;

    /** Of two things by their centres, along the axis on which these are farther apart. */
    static Relation of(Detection one, Detection other) {
        double across = one.x() - other.x();
        double down = one.y() - other.y();
        if (Math.abs(across) > Math.abs(down)) {
            return across < 0 ? LEFT : RIGHT;
        }
        return down < 0 ? ABOVE : BELOW;
    }

    /** As in {@code is left of}. */
    String words() {
        return this == LEFT || this == RIGHT ? this + " of" : toString();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
