package io.bottleneck4j.eval.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.eval.metrics.Pictures;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoringTest {
    @TempDir
    private Path temp;

    private Path folder = Path.of("");
    private final List<Integer> batches = new ArrayList<>();

    /** Red of a picture, plus the length of its prompt. */
    private final Scorer redness = new Scorer() {
        @Override
        public String name() {
            return "redness";
        }

        @Override
        public List<Double> scores(List<Judged> batch) {
            batches.add(batch.size());
            return batch.stream()
                    .map(judged -> (double) (judged.picture().rgb()[0] & 0xff)
                            + judged.prompt().length())
                    .toList();
        }

        @Override
        public void close() {}
    };

    @BeforeEach
    void folder() throws IOException {
        folder = Files.createDirectory(temp.resolve("pictures"));
    }

    @Test
    void run_threePictures_scoresEachByItsPrompt() throws IOException {
        pictures(0, 1, 2);
        ScoreReport report = scoring(Fault.Handling.REFUSE).run(set(1, "a", "bb", "ccc"), "model", done -> {});
        assertThat(report.rows().stream().map(ScoreReport.Row::score)).containsExactly(1.0, 12.0, 23.0);
        assertThat(report.rows().stream().map(ScoreReport.Row::prompt)).containsExactly("a", "bb", "ccc");
        assertThat(report.mean().mean()).isCloseTo(12, within(1e-12));
        assertThat(report.missing()).isEmpty();
        assertThat(batches).containsExactly(2, 1);
    }

    @Test
    void numbered_severalOfEachPrompt_takesThemInRuns() throws IOException {
        pictures(0, 1, 2, 3);
        assertThat(set(2, "a", "b").entries().stream().map(PictureSet.Entry::prompt))
                .containsExactly("a", "a", "b", "b");
    }

    @Test
    void numbered_endingInCapitals_isAPictureAndMacOsNotesAreNone() throws IOException {
        pictures(0, 1);
        Files.move(folder.resolve("x-0001.png"), folder.resolve("X-0001.PNG"));
        Files.write(folder.resolve("._x-0000.png"), new byte[] {0, 5, 0x16, 7, 0, 2, 0, 0});
        PictureSet set = set(1, "a", "b");
        assertThat(set.faults()).isEmpty();
        assertThat(set.entries().stream().map(PictureSet.Entry::file))
                .containsExactly(folder.resolve("x-0000.png"), folder.resolve("X-0001.PNG"));
    }

    @Test
    void run_missingPicture_isNamedAndShiftsNoPrompt() throws IOException {
        pictures(0, 2);
        PictureSet set = set(1, "a", "bb", "ccc");
        assertThatThrownBy(() -> scoring(Fault.Handling.REFUSE).run(set, "model", done -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "picture 1: is missing in " + folder + "; --skip-bad leaves such pictures out and lists them");
        ScoreReport report = scoring(Fault.Handling.SKIP).run(set, "model", done -> {});
        assertThat(report.rows().stream().map(ScoreReport.Row::prompt)).containsExactly("a", "ccc");
        assertThat(report.missing()).containsExactly(new Fault("picture 1", "is missing in " + folder));
        assertThat(report.summary().get("expected").asInt()).isEqualTo(3);
    }

    @Test
    void run_morePicturesThanPrompts_namesThoseWithoutOne() throws IOException {
        pictures(0, 1, 2);
        PictureSet set = set(1, "a", "bb");
        assertThat(set.faults())
                .containsExactly(new Fault(
                        folder.resolve("x-0002.png").toString(),
                        "has no prompt: 2 prompts with 1 pictures each end at number 1"));
    }

    @Test
    void run_unreadablePicture_isNamedAndNotAveraged() throws IOException {
        pictures(0, 2);
        Files.writeString(folder.resolve("x-0001.png"), "half a picture");
        PictureSet set = set(1, "a", "bb", "ccc");
        assertThatThrownBy(() -> scoring(Fault.Handling.REFUSE).run(set, "model", done -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(folder.resolve("x-0001.png") + ": must be a PNG file");
        ScoreReport report = scoring(Fault.Handling.SKIP).run(set, "model", done -> {});
        assertThat(report.mean().mean()).isCloseTo(12, within(1e-12));
        assertThat(report.missing()).hasSize(1);
        assertThat(report.csv().lines())
                .containsExactly(
                        "file,prompt,redness,missing",
                        folder.resolve("x-0000.png") + ",a,1.0,",
                        folder.resolve("x-0002.png") + ",ccc,23.0,",
                        folder.resolve("x-0001.png") + ",,,\""
                                + report.missing().get(0).reason() + "\"");
    }

    @Test
    void run_scoreThatIsNoNumber_isAFault() throws IOException {
        pictures(0);
        Scorer broken = new Scorer() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public List<Double> scores(List<Judged> batch) {
                return List.of(Double.NaN);
            }

            @Override
            public void close() {}
        };
        assertThatThrownBy(() -> new Scoring(broken, 1, Fault.Handling.SKIP).run(set(1, "a"), "model", done -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pictures: none of 1 can be scored; the first: " + folder.resolve("x-0000.png")
                        + ": its score is not a finite number");
    }

    @Test
    void described_pictureWithoutAPrompt_isAFault() throws IOException {
        pictures(0);
        PictureSet set = PictureSet.described(folder);
        assertThat(set.entries()).isEmpty();
        assertThat(set.faults())
                .containsExactly(new Fault(
                        folder.resolve("x-0000.png").toString(),
                        "holds no prompt of bottleneck4j; give the prompts with --prompts"));
    }

    @Test
    void numbered_nameWithoutANumber_saysHowToNameIt() throws IOException {
        PngWriter.write(folder.resolve("cat.png"), Pictures.plain(4, 4, 1, 1, 1), Map.of());
        assertThatThrownBy(() -> set(1, "a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "pictures: " + folder.resolve("cat.png") + " has no number before .png that tells its prompt;"
                                + " name it as generate does, cat-0007.png, or leave out --prompts where pictures hold their own");
    }

    @Test
    void numbered_twoRunsInOneFolder_areRefused() throws IOException {
        pictures(0);
        PngWriter.write(folder.resolve("y-0000.png"), Pictures.plain(4, 4, 1, 1, 1), Map.of());
        assertThatThrownBy(() -> set(1, "a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("have one number; keep one run in a folder");
    }

    @Test
    void numbered_emptyOrNoFolder_isRefused() {
        assertThatThrownBy(() -> set(1, "a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pictures: " + folder + " holds no .png file; give a folder of pictures");
        assertThatThrownBy(() -> PictureSet.described(Path.of("no/such")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pictures: no/such is not a folder; give one that holds PNG files");
    }

    private PictureSet set(int perPrompt, String... prompts) throws IOException {
        return PictureSet.numbered(folder, List.of(prompts), perPrompt);
    }

    private Scoring scoring(Fault.Handling faults) {
        return new Scoring(redness, 2, faults);
    }

    /** Pictures of these numbers, each as red as ten times its number. */
    private void pictures(int... numbers) throws IOException {
        for (int number : numbers) {
            PngWriter.write(
                    folder.resolve("x-000" + number + ".png"), Pictures.plain(4, 4, 10 * number, 0, 0), Map.of());
        }
    }

    @Test
    void run_promptsThatDoNotAsk_areMarkedAndNotMissing() throws IOException {
        pictures(0, 1, 2);
        Scorer long2 = new Scorer() {
            @Override
            public String name() {
                return "redness";
            }

            @Override
            public boolean asks(String prompt) {
                return prompt.length() > 1;
            }

            @Override
            public List<Double> scores(List<Judged> batch) {
                return redness.scores(batch);
            }

            @Override
            public void close() {}
        };
        ScoreReport report =
                new Scoring(long2, 2, Fault.Handling.REFUSE).run(set(1, "a", "bb", "ccc"), "model", done -> {});
        assertThat(report.rows().stream().map(ScoreReport.Row::prompt)).containsExactly("bb", "ccc");
        assertThat(report.missing()).isEmpty();
        assertThat(report.unasked()).hasSize(1);
        assertThat(report.within(folder).csv().lines().skip(3)).allMatch(line -> line.endsWith(",,,not asked"));
        assertThatThrownBy(() -> new Scoring(long2, 2, Fault.Handling.REFUSE).run(set(3, "a"), "model", done -> {}))
                .hasMessage("pictures: none of 3 can be scored; no prompt asks for redness");
    }
}
