package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.study.Verdicts.Given;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a study found: of all participants, at least one, the verdicts of each aspect and pair of methods, as far as
 * there are answers.
 */
public record StudyResult(Study study, List<Answers> participants, List<Verdicts> verdicts) {

    public StudyResult {
        participants = List.copyOf(participants);
        verdicts = List.copyOf(verdicts);
    }

    /** Puts answers together; IllegalArgumentException if a participant is there twice, or nothing was answered. */
    public static StudyResult of(Study study, List<Answers> participants) {
        requireDistinct(participants);
        List<Verdicts> verdicts = new ArrayList<>();
        List<String> methods = study.methods();
        for (Aspect aspect : study.aspects()) {
            for (int i = 0; i < methods.size(); i++) {
                for (String second : methods.subList(i + 1, methods.size())) {
                    List<Given> given = given(study, participants, aspect, methods.get(i), second);
                    if (!given.isEmpty()) {
                        verdicts.add(new Verdicts(aspect, methods.get(i), second, given));
                    }
                }
            }
        }
        if (verdicts.isEmpty()) {
            throw new IllegalArgumentException(
                    "answers: there are none in the files given; name those of participants");
        }
        return new StudyResult(study, participants, verdicts);
    }

    private static void requireDistinct(List<Answers> participants) {
        Map<String, Answers> sessions = new HashMap<>();
        Map<String, Answers> names = new HashMap<>();
        for (Answers one : participants) {
            Answers same = sessions.put(one.session(), one);
            if (same != null) {
                throw new IllegalArgumentException("answers: " + same.file() + " and " + one.file()
                        + " are of one participant's session; leave out the older one");
            }
            Answers namesake = one.participant().isBlank() ? null : names.put(one.name(), one);
            if (namesake != null) {
                throw new IllegalArgumentException("answers: " + namesake.file() + " and " + one.file()
                        + " are both of " + one.name() + "; leave one out, or tell two persons apart in 'participant'");
            }
        }
    }

    private static List<Given> given(
            Study study, List<Answers> participants, Aspect aspect, String first, String second) {
        List<Study.Question> asked = study.questions().stream()
                .filter(one -> List.of(first, second).containsAll(List.of(one.left(), one.right())))
                .toList();
        Map<Integer, Integer> numbers = new HashMap<>();
        asked.forEach(question -> numbers.put(question.id(), numbers.size()));
        List<Given> given = new ArrayList<>();
        for (int i = 0; i < participants.size(); i++) {
            for (Answers.Answer answer : participants.get(i).answers()) {
                Integer number = numbers.get(answer.question());
                if (number != null && answer.aspect() == aspect) {
                    given.add(new Given(i, number, sign(answer.choice(), asked.get(number), first)));
                }
            }
        }
        return given;
    }

    private static int sign(Answers.Choice choice, Study.Question question, String first) {
        return switch (choice) {
            case SAME -> 0;
            case LEFT -> question.left().equals(first) ? 1 : -1;
            case RIGHT -> question.right().equals(first) ? 1 : -1;
        };
    }

    /** How many answers chose a side, or none, whoever's picture was there. */
    int count(Answers.Choice choice) {
        return (int) participants.stream()
                .flatMap(one -> one.answers().stream())
                .filter(answer -> answer.choice() == choice)
                .count();
    }

    /** How many answers there are. */
    public int answers() {
        return participants.stream().mapToInt(one -> one.answers().size()).sum();
    }
}
