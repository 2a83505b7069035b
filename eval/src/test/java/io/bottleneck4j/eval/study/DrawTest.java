package io.bottleneck4j.eval.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.eval.report.Entrants;
import io.bottleneck4j.eval.report.Entry;
import io.bottleneck4j.eval.report.ScoredRuns;
import io.bottleneck4j.eval.study.Study.Question;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrawTest {
    @TempDir
    private Path temp;

    private Entrants runs(String... plans) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String plan : plans) {
            entries.add(new ScoredRuns(temp, 6, 2).write(plan, 1e12, slot -> 1));
        }
        return new Entrants(entries, entries.get(0));
    }

    @Test
    void draw_twoRuns_asksEveryPromptOnceBeforeAnyTwiceAndBalancesSides() throws IOException {
        List<Question> questions = new Draw(runs("a", "b"), 6, 1).draw();
        assertThat(questions.stream().map(question -> question.slot().promptIndex()))
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
        assertThat(questions.stream().filter(question -> question.left().equals("a")))
                .hasSize(3);
        assertThat(questions).allMatch(question -> !question.left().equals(question.right()));
        assertThat(questions.stream().map(Question::id)).containsExactly(1, 2, 3, 4, 5, 6);
        List<Question> all = new Draw(runs("a", "b"), 12, 1).draw();
        assertThat(all.stream().map(Question::slot)).doesNotHaveDuplicates().hasSize(12);
    }

    @Test
    void draw_sameSeed_isTheSameAndAnotherIsNot() throws IOException {
        Entrants runs = runs("a", "b");
        assertThat(new Draw(runs, 8, 1).draw()).isEqualTo(new Draw(runs, 8, 1).draw());
        assertThat(new Draw(runs, 8, 1).draw()).isNotEqualTo(new Draw(runs, 8, 2).draw());
    }

    @Test
    void draw_threeRuns_dealsEvenlyToEveryPair() throws IOException {
        List<Question> questions = new Draw(runs("a", "b", "c"), 13, 0).draw();
        List<Set<String>> pairs = new ArrayList<>();
        questions.forEach(question -> pairs.add(new HashSet<>(List.of(question.left(), question.right()))));
        assertThat(pairs.stream().filter(Set.of("a", "b")::equals)).hasSize(5);
        assertThat(pairs.stream().filter(Set.of("a", "c")::equals)).hasSize(4);
        assertThat(pairs.stream().filter(Set.of("b", "c")::equals)).hasSize(4);
        assertThat(pairs.get(0).equals(pairs.get(1))
                        && pairs.get(1).equals(pairs.get(2))
                        && pairs.get(2).equals(pairs.get(3)))
                .as("pairs one after the other")
                .isFalse();
    }

    @Test
    void draw_moreThanThereAre_isRefused() throws IOException {
        Entrants runs = runs("a", "b");
        assertThatThrownBy(() -> new Draw(runs, 13, 0).draw())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("questions: 13 of a and b need as many pictures that both have, there are 12; ask fewer"
                        + " questions");
        assertThatThrownBy(() -> new Draw(runs, 0, 0)).hasMessageContaining("at least one for each of 1 pairs");
        Entrants one = runs("a");
        assertThatThrownBy(() -> new Draw(one, 1, 0)).hasMessage("runs: must be at least two to compare, not 1");
    }
}
