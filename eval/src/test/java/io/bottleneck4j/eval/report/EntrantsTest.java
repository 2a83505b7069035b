package io.bottleneck4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntrantsTest {
    @TempDir
    private Path temp;

    private Entry run(String plan) throws IOException {
        return new ScoredRuns(temp, 4, 2).write(plan, 1e12, slot -> 1);
    }

    @Test
    void new_otherSeed_isRefusedWithNamesAndBoth() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 4, 2);
        Entry one = run("baseline");
        Entry other = runs.write(runs.record("fast", 1e12, 8), slot -> 1);
        assertThatThrownBy(() -> new Entrants(List.of(one, other), one))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("run: " + temp.resolve("baseline") + " has seed 7, and " + temp.resolve("fast")
                        + " has seed 8; compare runs of one benchmark, model and seed");
    }

    @Test
    void new_otherNumberOfPrompts_isRefused() throws IOException {
        Entry one = run("baseline");
        Entry other = new ScoredRuns(temp, 5, 2).write("fast", 1e12, slot -> 1);
        assertThatThrownBy(() -> new Entrants(List.of(one, other), one)).hasMessageContaining("has prompts 4, and");
    }

    @Test
    void new_onePromptChanged_isRefusedByIt() throws IOException {
        Entry one = run("baseline");
        Entry other = run("fast");
        Path table = other.folder().path().resolve("pictures.csv");
        Files.writeString(table, Files.readString(table).replace("prompt <2>", "another"));
        Entry changed = Entry.read(new RunFolder(other.folder().path()));
        assertThatThrownBy(() -> new Entrants(List.of(one, changed), one))
                .hasMessageContaining("has sample 0 of prompt 2 as 'prompt <2>' with seed 7 in position, and")
                .hasMessageContaining("has it as 'another' with seed 7 in position");
    }

    @Test
    void new_sameRunTwice_isRefused() throws IOException {
        Entry one = run("baseline");
        Entry same = Entry.read(new RunFolder(temp.resolve(".").resolve("baseline")));
        assertThatThrownBy(() -> new Entrants(List.of(one, same), one)).hasMessageContaining("is given twice");
    }

    @Test
    void names_twoRunsOfOnePlan_haveTheirFolders() throws IOException {
        Entry one = run("baseline");
        Entry fast = run("fast");
        Path copy = Files.createDirectory(temp.resolve("copy"));
        for (String name : List.of("run.json", "pictures.csv")) {
            Files.copy(one.folder().path().resolve(name), copy.resolve(name));
        }
        Entry same = Entry.read(new RunFolder(copy));
        assertThat(new Entrants(List.of(one, fast, same), one).names())
                .containsExactly("baseline (" + temp.resolve("baseline") + ")", "fast", "baseline (" + copy + ")");
    }

    @Test
    void requireWhole_picturesLost_namesTheFirstAndHowMany() throws IOException {
        Entry one = run("baseline");
        Files.delete(one.folder().images().resolve(ScoredRuns.file(new Slot(1, 0))));
        Files.delete(one.folder().images().resolve(ScoredRuns.file(new Slot(2, 1))));
        Entry holed = Entry.read(one.folder());
        Entrants entrants = new Entrants(List.of(holed), holed);
        assertThatThrownBy(entrants::requirePictures)
                .hasMessage(temp.resolve("baseline") + ": 1-0.png: is listed, and is not in "
                        + one.folder().images()
                        + ", and 1 more; finish the run, or --skip-bad leaves such pictures out and lists them");
        assertThatThrownBy(entrants::requireWhole).hasMessageContaining("1-0.png");
    }

    @Test
    void requireWhole_scoresLost_isRefusedThoughPicturesAreThere() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 4, 2);
        Entry one = runs.score(run("baseline"), "clip-score", slot -> slot.equals(new Slot(0, 1)) ? Double.NaN : 1);
        Entrants entrants = new Entrants(List.of(one), one);
        entrants.requirePictures();
        assertThatThrownBy(entrants::requireWhole)
                .hasMessageContaining("0-1.png: has no clip-score: cannot be read; finish the run");
        Entry other = run("fast");
        Entrants both = new Entrants(List.of(runs.score(one, "clip-score", slot -> 1), other), other);
        assertThatThrownBy(both::requireWhole).hasMessageContaining("clip-score: was not computed for this run");
    }

    @Test
    void read_scoresOfPicturesThatAreNotOfTheRun_areFaults() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 4, 2);
        Entry one = runs.score(run("baseline"), "clip-score", slot -> 1);
        Path file = one.folder().scores("clip-score");
        Files.writeString(file, Files.readString(file).replace("3-1.png", "9-9.png"));
        assertThat(Entry.read(one.folder()).unscored().stream().map(Object::toString))
                .containsExactly(
                        "3-1.png: has no clip-score; run 'evaluate score --run' again",
                        "9-9.png: has a clip-score, and is no picture of this run");
    }

    @Test
    void scores_ofPicturesWhosePromptsDoNotAsk_areNotMissingAndNotExpected() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 4, 2);
        Entry one = runs.score(run("baseline"), "background", slot -> slot.promptIndex() < 2 ? Double.NaN : 1);
        Path file = one.folder().scores("background");
        Files.writeString(file, Files.readString(file).replace("cannot be read", "not asked"));
        Entry read = Entry.read(one.folder());
        new Entrants(List.of(read), read).requireWhole();
        Map<String, Estimate> summary = Report.estimates(one.folder(), "background");
        assertThat(summary.keySet()).containsExactly(Report.ALL, "counting", "position");
        List<Estimate> estimates = List.copyOf(summary.values());
        assertThat(estimates.get(0).pictures()).isEqualTo(4);
        assertThat(estimates.get(0).value()).extracting(mean -> mean.mean()).isEqualTo(1.0);
        assertThat(estimates.get(1).value()).isNull();
        assertThat(Report.of(new Entrants(List.of(read), read))
                        .reference()
                        .estimate("background", "counting")
                        .isWhole())
                .isTrue();
    }
}
