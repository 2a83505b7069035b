package io.bottleneck4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.eval.report.Estimate.Versus;
import io.bottleneck4j.eval.report.Estimate.Versus.Verdict;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.score.Bootstrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    private Path temp;

    @Test
    void of_twoRuns_hasWhatCanBeCountedByHand() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 20, 2);
        Entry baseline = runs.score(
                runs.write("baseline", 4e12, slot -> 2 + 0.01 * slot.promptIndex()), "clip-score", slot -> 30);
        Entry fast = runs.score(
                runs.write("fast", 1e12, slot -> 1 + 0.005 * slot.promptIndex()),
                "clip-score",
                slot -> slot.promptIndex() < 10 ? 29 : 27);
        Report report = Report.of(new Entrants(List.of(baseline, fast), baseline));
        Report.Row row = report.rows().get(1);
        assertThat(row.flopRatio()).isEqualTo(4);
        assertThat(Objects.requireNonNull(row.speedUp()).mean()).isCloseTo(2, within(1e-12));
        assertThat(report.isReference(report.rows().get(0))).isTrue();
        Estimate all = row.estimate("clip-score", Report.ALL);
        assertThat(Objects.requireNonNull(all.value()).mean()).isEqualTo(28);
        assertThat(all.pictures()).isEqualTo(40);
        assertThat(all.isWhole()).isTrue();
        Versus versus = Objects.requireNonNull(all.versus());
        assertThat(versus.difference().mean()).isEqualTo(-2);
        assertThat(versus.difference().low()).isBetween(-3.0, -2.1);
        assertThat(versus.verdict()).isEqualTo(Verdict.WORSE);
        assertThat(report.categories()).containsExactly("counting", "position");
        assertThat(row.estimate("clip-score", "counting").value()).isEqualTo(new Bootstrap(29, 29, 29));
        assertThat(row.estimate("clip-score", "counting").expected()).isEqualTo(20);
        assertThat(report.rows().get(0).estimate("clip-score", Report.ALL).versus())
                .isNull();
        assertThat(report.isWhole()).isTrue();
    }

    @Test
    void of_suiteWithAPictureMissing_isTheMeanOfCategoriesAsGenEval() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 4, 2);
        Entry run = runs.score(
                runs.write("baseline", 1e12, slot -> 1),
                "suite",
                slot -> slot.equals(new Slot(0, 0)) ? Double.NaN : slot.promptIndex() < 2 ? 1 : 0.25);
        Report report = Report.of(new Entrants(List.of(run), run));
        Estimate all = report.rows().get(0).estimate("suite", Report.ALL);
        assertThat(Objects.requireNonNull(all.value()).mean()).isEqualTo(0.625);
        assertThat(all.pictures()).isEqualTo(7);
        assertThat(all.expected()).isEqualTo(8);
        assertThat(report.isWhole()).isFalse();
        assertThat(report.rows().get(0).missing()).hasSize(1);
    }

    @Test
    void of_suiteWithoutAnyPictureOfACategory_hasNoOverall() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 4, 2);
        Entry run = runs.score(
                runs.write("baseline", 1e12, slot -> 1), "suite", slot -> slot.promptIndex() < 2 ? 1 : Double.NaN);
        Report report = Report.of(new Entrants(List.of(run), run));
        assertThat(report.rows().get(0).estimate("suite", Report.ALL).value()).isNull();
        assertThat(report.rows().get(0).estimate("suite", "counting").value()).isNotNull();
        assertThat(report.rows().get(0).estimate("suite", "position").value()).isNull();
    }

    @Test
    void of_differentPicturesMissing_pairsWhatBothHave() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 4, 2);
        Entry baseline = runs.score(
                runs.write("baseline", 1e12, slot -> 1),
                "clip-score",
                slot -> slot.promptIndex() == 0 ? Double.NaN : 10);
        Entry fast = runs.score(
                runs.write("fast", 1e12, slot -> 1),
                "clip-score",
                slot -> slot.promptIndex() == 3 ? Double.NaN : slot.promptIndex() == 0 ? 1000 : 11);
        Estimate estimate = Report.of(new Entrants(List.of(baseline, fast), baseline))
                .rows()
                .get(1)
                .estimate("clip-score", Report.ALL);
        Versus versus = Objects.requireNonNull(estimate.versus());
        assertThat(versus.pictures()).isEqualTo(4);
        assertThat(versus.difference()).isEqualTo(new Bootstrap(1, 1, 1));
        assertThat(estimate.pictures()).isEqualTo(6);
    }

    @Test
    void of_runWithoutPictures_hasNoNumbersButARow() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 2, 1);
        Entry baseline = runs.score(runs.write("baseline", 1e12, slot -> 1), "clip-score", slot -> 1);
        Entry empty = runs.write("fast", 1e12, slot -> 1);
        Files.delete(empty.folder().path().resolve("pictures.csv"));
        Report report = Report.of(new Entrants(List.of(baseline, Entry.read(empty.folder())), baseline));
        Report.Row row = report.rows().get(1);
        assertThat(row.seconds()).isNull();
        assertThat(row.speedUp()).isNull();
        assertThat(row.estimate("clip-score", Report.ALL).value()).isNull();
        assertThat(row.missing().stream().map(Object::toString))
                .containsExactly(
                        "sample 0 of prompt 0: was not made",
                        "sample 0 of prompt 1: was not made",
                        "clip-score: was not computed for this run");
    }
}
