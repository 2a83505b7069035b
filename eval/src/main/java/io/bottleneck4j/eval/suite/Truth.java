package io.bottleneck4j.eval.suite;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the pictures of one prompt must show.
 *
 * @param prompt the prompt
 * @param category which of it is judged
 * @param include the things it names, one or two, all of two kinds
 * @param background the colour it names; null if it names none
 * @param relation of the first thing to the second; null if it is not judged
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
