package io.bottleneck4j.eval.study;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.bottleneck4j.eval.document.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One participant's answers, each to another question: the file they came in, a random name of the participant's, and
 * the name given, empty if none was.
 */
public record Answers(Path file, String session, String participant, List<Answer> answers) {
    /** What the file says it is; the page writes it. */
    static final String FORMAT = "bottleneck4j study answers 1";

    public Answers {
        answers = List.copyOf(answers);
    }

    /** One answer to a question, by its number. */
    record Answer(
            int question,
            Aspect aspect,
            @JsonProperty("answer") Choice choice) {
        @Override
        public String toString() {
            return "question " + question + " (" + aspect + ")";
        }
    }

    /** What a participant can answer. */
    enum Choice {
        LEFT,
        RIGHT,
        SAME;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The choice of a name; IllegalArgumentException if there is none. */
        @JsonCreator
        static Choice named(String name) {
            for (Choice choice : values()) {
                if (choice.toString().equals(name)) {
                    return choice;
                }
            }
            throw new IllegalArgumentException("answer: must be left, right or same, not '" + name + "'");
        }
    }

    /** As the page saves them. */
    private record Saved(String study, String session, String participant, List<Answer> answers) {
        Answers of(Path file, Study asked) {
            if (!study.equals(asked.id())) {
                throw new IllegalArgumentException("answers study " + study + ", not " + asked.id());
            }
            if (session.isBlank()) {
                throw new IllegalArgumentException("'session' must not be empty");
            }
            Set<String> given = new HashSet<>();
            for (Answer answer : answers) {
                boolean isAsked = asked.aspects().contains(answer.aspect())
                        && asked.questions().stream().anyMatch(question -> question.id() == answer.question());
                if (!isAsked) {
                    throw new IllegalArgumentException("answers " + answer + ", which the study does not ask");
                }
                if (!given.add(answer.toString())) {
                    throw new IllegalArgumentException("answers " + answer + " twice");
                }
            }
            return new Answers(file, session, participant, answers);
        }
    }

    /**
     * Reads a file that the page saved.
     *
     * @throws IllegalArgumentException naming the file, if it is damaged, of another study, or answers what was not asked, or twice
     */
    public static Answers read(Path file, Study study) throws IOException {
        return JsonFile.read(
                file, FORMAT, Saved.class, "name a file as the study's page saves it", saved -> saved.of(file, study));
    }

    /** How messages and tables name the participant. */
    String name() {
        return participant.isBlank() ? session.substring(0, Math.min(8, session.length())) : participant.strip();
    }
}
