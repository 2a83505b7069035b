package io.bottleneck4j.eval.suite;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.bottleneck4j.models.vision.Detection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the pictures of one prompt must show: the category that is judged, the things it names, one or two, all of two
 * kinds, the background's colour, null if it names none, and the first thing's relation to the second, null if it is
 * not judged.
 */
public record Truth(
        String prompt,
        Category category,
        @JsonProperty(required = false) List<Thing> include,
        @Nullable BackgroundColour background,
        @Nullable Relation relation) {

    /** At least one thing of a kind. */
    public record Thing(String label, int count) {
        public Thing {
            if (count < 1) {
                throw new IllegalArgumentException("count: must be at least 1 of " + label + ", not " + count);
            }
        }
    }

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

    public Truth {
        include = include == null ? List.of() : List.copyOf(include); // null of a line that names nothing
        category.require(include.size(), background, relation);
        if (include.stream().map(Thing::label).distinct().count() < include.size()) {
            throw new IllegalArgumentException("include: must name each kind of thing once, not "
                    + include.get(0).label() + " twice");
        }
    }

    /** The first thing's label. */
    String first() {
        return include.get(0).label();
    }
}
