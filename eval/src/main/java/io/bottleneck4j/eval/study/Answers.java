package io.bottleneck4j.eval.study;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One participant's answers.
 *
 * @param file they came in
 * @param session a random name of the participant's
 * @param participant the name given, empty if none was
 * @param answers each to another question
 */
public record Answers(Path file, String session, String participant, List<Answer> answers) {
    /** What the file says it is; the page writes it. */
    static final String FORMAT = "bottleneck4j study answers 1";

    public Answers {
        answers = List.copyOf(answers);
    }

    /**
     * One answer.
     *
     * @param question by its number
     * @param choice the side chosen, if one was
     */
    record Answer(int question, Aspect aspect, Choice choice) {}

    /**
     * Reads a file that the page saved.
     *
     * @throws IllegalArgumentException naming the file, if it is damaged, of another study, or answers what was not asked, or twice
     * @throws IOException if it cannot be read
     */
    public static Answers read(Path file, Study study) throws IOException {
        JsonFile json = JsonFile.read(file, FORMAT, "name a file as the study's page saves it");
        return json.parsed(() -> {
            String of = json.text(json.root(), "study");
            if (!of.equals(study.id())) {
                throw new IllegalArgumentException("answers study " + of + ", not " + study.id());
            }
            String session = json.text(json.root(), "session");
            if (session.isBlank()) {
                throw new IllegalArgumentException("'session' must not be empty");
            }
            List<Answer> answers = new ArrayList<>();
            Set<String> given = new HashSet<>();
            for (JsonNode node : json.items(json.root(), "answers")) {
                Answer answer = answer(json, node, study);
                if (!given.add(answer.question() + " " + answer.aspect())) {
                    throw new IllegalArgumentException(
                            "answers question " + answer.question() + " (" + answer.aspect() + ") twice");
                }
                answers.add(answer);
            }
            return new Answers(file, session, json.text(json.root(), "participant"), answers);
        });
    }

    private static Answer answer(JsonFile json, JsonNode node, Study study) {
        Answer answer = new Answer(
                json.whole(node, "question"),
                Aspect.named(json.text(node, "aspect")),
                Choice.named(json.text(node, "answer")));
        boolean asked = study.aspects().contains(answer.aspect())
                && study.questions().stream().anyMatch(question -> question.id() == answer.question());
        if (!asked) {
            throw new IllegalArgumentException("answers question " + answer.question() + " (" + answer.aspect()
                    + "), which the study does not ask");
        }
        return answer;
    }

    /** How messages and tables name the participant. */
    String name() {
        return participant.isBlank() ? session.substring(0, Math.min(8, session.length())) : participant.strip();
    }
}
