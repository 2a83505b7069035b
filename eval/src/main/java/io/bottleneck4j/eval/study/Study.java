package io.bottleneck4j.eval.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who is asked what: the key, which the participants do not see, and the file that holds it. Its id also stands in
 * every file of answers; methods are at least two, aspects and questions in the order of the page.
 */
public record Study(
        @JsonProperty("study") String id,
        String model,
        String benchmark,
        List<String> methods,
        List<Aspect> aspects,
        List<Question> questions) {
    private static final String FORMAT = "bottleneck4j study 1";

    public Study {
        methods = List.copyOf(methods);
        aspects = List.copyOf(aspects);
        questions = List.copyOf(questions);
        if (Set.copyOf(methods).size() < 2) {
            throw new IllegalArgumentException("methods: must be at least two to compare, not " + methods);
        }
        if (aspects.isEmpty() || Set.copyOf(aspects).size() < aspects.size()) {
            throw new IllegalArgumentException("aspects: must be at least one, each given once, not " + aspects);
        }
        Set<Integer> ids = new HashSet<>();
        for (Question question : questions) {
            if (!ids.add(question.id())) {
                throw new IllegalArgumentException("questions: number " + question.id() + " is there twice");
            }
            if (!methods.contains(question.left()) || !methods.contains(question.right())) {
                throw new IllegalArgumentException(
                        "questions: number " + question.id() + " shows a method that is none of " + methods);
            }
        }
    }

    /**
     * Two pictures of one prompt and seed, side by side: numbered from 1 in the order of the page, with the names of
     * the methods whose they are, and of the runs' prompt and sample, from 0.
     */
    public record Question(int id, String left, String right, int promptIndex, int sample, String prompt) {
        Question(int id, String left, String right, Slot slot, String prompt) {
            this(id, left, right, slot.promptIndex(), slot.sample(), prompt);
        }

        /** Which picture of the runs. */
        Slot slot() {
            return new Slot(promptIndex, sample);
        }
    }

    /** How many answers one participant gives. */
    public int answers() {
        return questions.size() * aspects.size();
    }

    /** Writes the file that tells which picture was whose. */
    public void write(Path file) throws IOException {
        JsonFile.write(file, FORMAT, this);
    }

    /** Reads it; IllegalArgumentException naming the file, if it is missing, damaged, or is none. */
    public static Study read(Path file) throws IOException {
        return JsonFile.read(file, FORMAT, Study.class, "name the key that 'evaluate study' wrote", study -> study);
    }
}
