package io.bottleneck4j.eval.study;

import java.util.Locale;

/** What a participant can answer. */
enum Choice {
    LEFT,
    RIGHT,
    SAME;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The choice of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Choice named(String name) {
        for (Choice choice : values()) {
            if (choice.toString().equals(name)) {
                return choice;
            }
        }
        throw new IllegalArgumentException("answer: must be left, right or same, not '" + name + "'");
    }
}
