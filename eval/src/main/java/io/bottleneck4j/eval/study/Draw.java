package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.report.Entrants;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Draws the questions of a study: which pictures, in which order, on which side.
 *
 * <p>The questions are dealt to the pairs of runs evenly. Of each pair prompts are drawn without putting back, and of each a sample; when all
 * prompts are used up, they are gone through once more with other samples. Each run of a pair stands left in half of its questions.
 *
 * @param entrants the runs
 * @param questions how many, at least one for each pair of runs
 * @param seed of all that is drawn
 */
public record Draw(Entrants entrants, int questions, long seed) {

    /** Two runs, by their places. */
    private record Pair(int first, int second) {}

    public Draw {
        int runs = entrants.entries().size();
        if (runs < 2) {
            throw new IllegalArgumentException("runs: must be at least two to compare, not " + runs);
        }
        int pairs = runs * (runs - 1) / 2;
        if (questions < pairs) {
            throw new IllegalArgumentException(
                    "questions: must be at least one for each of " + pairs + " pairs of runs, not " + questions);
        }
    }

    /** The questions in the order of the page; IllegalArgumentException if two runs have too few pictures in common. */
    public List<Study.Question> draw() {
        Random random = new Random(seed);
        List<Pair> pairs = pairs();
        List<Study.Question> drawn = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            int count = questions / pairs.size() + (i < questions % pairs.size() ? 1 : 0);
            drawn.addAll(of(pairs.get(i), count, random));
        }
        Collections.shuffle(drawn, random);
        List<Study.Question> numbered = new ArrayList<>();
        for (Study.Question question : drawn) {
            numbered.add(new Study.Question(
                    numbered.size() + 1, question.left(), question.right(), question.slot(), question.prompt()));
        }
        return numbered;
    }

    private List<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        for (int first = 0; first < entrants.entries().size(); first++) {
            for (int second = first + 1; second < entrants.entries().size(); second++) {
                pairs.add(new Pair(first, second));
            }
        }
        return pairs;
    }

    private List<Study.Question> of(Pair pair, int count, Random random) {
        String first = entrants.names().get(pair.first());
        String second = entrants.names().get(pair.second());
        List<Slot> slots = slots(pair, random);
        if (slots.size() < count) {
            throw new IllegalArgumentException("questions: " + count + " of " + first + " and " + second
                    + " need as many pictures that both have, there are " + slots.size() + "; ask fewer questions");
        }
        List<Boolean> swapped = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            swapped.add(i % 2 == 0);
        }
        Collections.shuffle(swapped, random);
        List<Study.Question> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Slot slot = slots.get(i);
            String prompt = entrants.entries().get(pair.first()).prompt(slot);
            questions.add(new Study.Question(
                    0, swapped.get(i) ? second : first, swapped.get(i) ? first : second, slot, prompt));
        }
        return questions;
    }

    /** Pictures that both have, in the order to ask about them: each prompt once, then each once more, and so on. */
    private List<Slot> slots(Pair pair, Random random) {
        Map<Integer, List<Slot>> byPrompt = new TreeMap<>();
        for (Slot slot : entrants.entries().get(pair.first()).pictures().keySet()) {
            if (entrants.entries().get(pair.second()).pictures().containsKey(slot)) {
                byPrompt.computeIfAbsent(slot.promptIndex(), prompt -> new ArrayList<>())
                        .add(slot);
            }
        }
        List<List<Slot>> prompts = new ArrayList<>(byPrompt.values());
        Collections.shuffle(prompts, random);
        prompts.forEach(samples -> Collections.shuffle(samples, random));
        List<Slot> order = new ArrayList<>();
        int most = prompts.stream().mapToInt(List::size).max().orElse(0);
        for (int round = 0; round < most; round++) {
            for (List<Slot> samples : prompts) {
                if (round < samples.size()) {
                    order.add(samples.get(round));
                }
            }
        }
        return order;
    }
}
