package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.document.Words;
import java.util.Locale;

/** What is asked about two pictures. */
public enum Aspect {
    /** All in all, as in arXiv 2503.18940, appendix C. */
    OVERALL("Which one is better, all in all?"),
    QUALITY("Which one looks better, whatever it shows?"),
    PROMPT("Which one fits the words better?");

    private final String question;

    Aspect(String question) {
        this.question = question;
    }

    /** As the participant reads it. */
    String question() {
        return question;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The aspect of a name; IllegalArgumentException if there is none. */
    public static Aspect named(String name) {
        return Words.named("aspect", values(), name);
    }
}
