package io.bottleneck4j.eval.study;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who is asked what: the key, which the participants do not see.
 *
 * @param id of its own, which also stands in every file of answers
 * @param model whose pictures are shown
 * @param benchmark whose prompts they are of
 * @param methods that are compared, at least two
 * @param aspects asked of each pair of pictures, in this order
 * @param questions in the order of the page
 */
public record Study(
        String id,
        String model,
        String benchmark,
        List<String> methods,
        List<Aspect> aspects,
        List<Question> questions) {

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

    /** How many answers one participant gives. */
    public int answers() {
        return questions.size() * aspects.size();
    }
}
