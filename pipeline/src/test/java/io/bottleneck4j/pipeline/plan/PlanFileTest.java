package io.bottleneck4j.pipeline.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Grid;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanFileTest {
    static final String PAPER = """
            stages:
              - {width: 1024, height: 1024, steps: 6,  strength: 1.0, shift: 9}
              - {width: 512,  height: 512,  steps: 20, strength: 0.8, shift: 6}
              - {width: 1024, height: 1024, steps: 8,  strength: 0.6, shift: 9}
            """;

    @TempDir
    private Path folder;

    @Test
    void read_paperPlan_returnsItsStages() throws IOException {
        Path file = Files.writeString(folder.resolve("paper.yaml"), PAPER);

        PlanSpec plan = PlanFile.read(file);

        assertThat(plan.name()).isEqualTo(file.toString());
        assertThat(plan.stages())
                .containsExactly(
                        new StageSpec(1024, 1024, 6, 1, 9),
                        new StageSpec(512, 512, 20, 0.8, 6),
                        new StageSpec(1024, 1024, 8, 0.6, 9));
        assertThat(plan.last().steps()).isEqualTo(8);
    }

    @Test
    void parse_blockStyleWithComments_returnsItsStages() {
        String text = """
                ---
                # one stage
                stages:
                - width: 256
                  height: 128   # landscape
                  steps: 4
                  strength: 1
                  shift: 1e0
                """;

        assertThat(PlanFile.parse("p", text).stages()).isEqualTo(List.of(new StageSpec(256, 128, 4, 1, 1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "width: 1024 | widht: 1024 | p:2:6: 'widht': unknown key; did you mean width?",
                "width: 1024 | width: wide | p:2:13: width: must be a whole number, not 'wide'",
                "width: 1024 | width: 10.5 | p:2:13: width: must be a whole number, not '10.5'",
                "width: 1024 | width: 010 | p:2:13: width: must be a whole number, not '010'",
                "width: 1024 | width: 0x10 | p:2:13: width: must be a whole number, not '0x10'",
                "width: 1024 | width: ٣ | p:2:13: width: must be a whole number, not '٣'",
                "width: 1024 | width: 9999999999 | p:2:13: width: must be a whole number up to 2147483647, not '9999999999'",
                "width: 1024 | width: | p:2:12: width: must be a whole number, not ''",
                "width: 1024 | width: '1024' | p:2:13: width: must be a whole number, not text; write it without quotes",
                "width: 1024 | width: [1] | p:2:13: width: must be a whole number, not a list",
                "width: 1024 | width: {a: 1} | p:2:13: width: must be a whole number, not a mapping",
                "width: 1024 | width: &a 1024 | p:2:13: anchors and aliases are not supported; write the value out",
                "width: 1024 | width: -16 | p:2:5: stage 1: width: must be at least 1 px, not -16",
                "width: 1024, | height: 4, | p:2:17: 'height': appears twice; keep one",
                "width: 1024, | '' | p:2:5: width: is missing",
                "width: 1024 | ? [1] : 2 | p:2:8: a key must be text, not a list",
                "shift: 9} | shift: .nan} | p:2:66: shift: must be a finite number, not '.nan'",
                "shift: 9} | shift: NaN} | p:2:66: shift: must be a finite number, not 'NaN'",
                "shift: 9} | shift: 1e999} | p:2:66: shift: must be a finite number, not '1e999'",
                "shift: 9} | shift: 0} | p:2:5: stage 1: shift: must be a finite number above 0, not 0.0; use 1 for no shift",
                "strength: 1.0 | strength: 1.5 | p:2:5: stage 1: strength: must be above 0 and at most 1, not 1.5",
                "strength: 1.0 | strength: 0 | p:2:5: stage 1: strength: must be above 0 and at most 1, not 0.0",
                "steps: 6 | steps: 0 | p:2:5: stage 1: steps: must be between 1 and 10000, not 0",
                "shift: 9} | shift: 9, until: 1} | p:2:5: stage 1: until: must be at least 0 and below 1, not 1.0; use 0 to run",
                "shift: 9} | shift: 9, until: -.1} | p:2:5: stage 1: until: must be at least 0 and below 1, not -0.1",
                "shift: 9} | shift: 9, until: low} | p:2:76: until: must be a finite number, not 'low'",
                "shift: 9} | shift: 9, util: .3} | p:2:69: 'util': unknown key; did you mean until?",
            })
    void parse_badValue_saysWhereAndWhat(String good, String bad, String message) {
        String text = replaceFirst(PAPER, good, bad);

        assertThatThrownBy(() -> PlanFile.parse("p", text))
                .isInstanceOf(PlanFileException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void parse_everySetting_isRead() {
        PlanSpec plan = PlanFile.parse(
                "p",
                "frames: 129\nresampler: nearest\nrounding: \"floor\"\nrenoise: false\nreshift: false\n"
                        + PAPER.replace("shift: 6}", "shift: 6, until: .3}"));

        assertThat(plan.frames()).hasValue(129);
        assertThat(plan.rules())
                .isEqualTo(new PlanRules(Resamplers.NEAREST, Rounding.FLOOR, HandOver.AS_IS, ShiftSource.MODEL));
        assertThat(plan.stages().stream().map(StageSpec::until)).containsExactly(0.0, 0.3, 0.0);
    }

    @Test
    void parse_caches_areOfAllStagesOrOfOne() {
        PlanSpec plan = PlanFile.parse(
                "p",
                "cache: taylor:every=2\ngrid: even\nhandover: dct\nsolver: unipc\namplify: 0.5\ntile: 64\n"
                        + PAPER.replace("shift: 6}", "shift: 6, until: .3, cache: none}"));
        assertThat(plan.stages().stream().map(stage -> stage.cache().toString()))
                .containsExactly("taylor:every=2", "none", "taylor:every=2");
        assertThat(plan.rules())
                .isEqualTo(PlanRules.DEFAULT
                        .with(Grid.EVEN)
                        .with(HandOver.DCT)
                        .with(SolverChoice.UNIPC)
                        .withAmplify(0.5)
                        .withTile(64));
        assertThat(PlanFile.parse("p", PlanFile.text(plan, List.of()))).isEqualTo(plan);
        PlanSpec all = PlanFile.parse("p", PAPER + "cache: toca:every=2\n");
        assertThat(PlanFile.text(all, List.of()))
                .contains("cache: toca:every=2\nstages:")
                .doesNotContain("cache: none");
        assertThat(PlanFile.parse("p", PlanFile.text(all, List.of()))).isEqualTo(all);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cache: tailor | p:5:8: cache: 'tailor' is unknown; use one of none, reuse, taylor",
                "cache: taylor:every=1 | p:5:8: cache taylor: every: 1 computes every step; use 2 or more",
                "cache: [taylor] | p:5:8: cache: must be a word, not a list",
                "handover: dtc | p:5:11: handover: 'dtc' is unknown; did you mean dct?",
                "solver: heun | p:5:9: solver: 'heun' is unknown; use euler, unipc",
                "solver: model | p:5:9: solver: 'model' is unknown; use euler, unipc",
                "grid: odd | p:5:7: grid: 'odd' is unknown",
                "tile: 0 | p:5:7: tile: must be at least 1, not 0",
                "amplify: -1 | p:5:10: amplify: must be between 0 and 10, not -1.0; 1 is as published",
            })
    void parse_unfitCacheOrWay_saysWhereAndWhat(String line, String message) {
        assertThatThrownBy(() -> PlanFile.parse("p", PAPER + line + "\n"))
                .isInstanceOf(PlanFileException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void parse_handOverBesideRenoise_isRefused() {
        assertThatThrownBy(() -> PlanFile.parse("p", PAPER + "renoise: true\nhandover: dct\n"))
                .isInstanceOf(PlanFileException.class)
                .hasMessage("p:6:11: handover: is given beside renoise, which says the same; keep one");
    }

    @Test
    void parse_noSetting_isTheMethod() {
        PlanSpec plan = PlanFile.parse("p", PAPER);

        assertThat(plan.frames()).isEmpty();
        assertThat(plan.rules())
                .isEqualTo(new PlanRules(Resamplers.LANCZOS, Rounding.IMG2IMG, HandOver.RENOISE, ShiftSource.STAGE))
                .isEqualTo(PlanFile.parse("p", PAPER + "renoise: true\nreshift: true\n")
                        .rules());
    }

    @Test
    void at_stageOfAFile_isItsLineAndColumn() {
        PlanSpec plan = PlanFile.parse("p", PAPER);
        assertThat(plan.at(1)).isEqualTo("p:3:5: stage 2: ");
        assertThat(plan)
                .isEqualTo(new PlanSpec("p", plan.stages()))
                .hasSameHashCodeAs(new PlanSpec("p", plan.stages()));
        assertThat(new PlanSpec("fast", plan.stages()).at(1)).isEqualTo("plan fast: stage 2: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "frames: 0 | p:1:9: frames: must be at least 1, not 0",
                "frames: 12.5 | p:1:9: frames: must be a whole number, not '12.5'",
                "frames: [1] | p:1:9: frames: must be a whole number, not a list",
                "resampler: cubic | p:1:12: resampler: 'cubic' is unknown; did you mean bicubic? (use lanczos, bicubic, bilinear, nearest)",
                "resampler: Lanczos | p:1:12: resampler: 'Lanczos' is unknown; did you mean lanczos?",
                "resampler: {a: 1} | p:1:12: resampler: must be a word, not a mapping",
                "rounding: up | p:1:11: rounding: 'up' is unknown; use img2img, floor",
                "rounding: | p:1:10: rounding: '' is unknown; use img2img, floor",
                "renoise: no | p:1:10: renoise: must be true or false, not 'no'",
                "renoise: 'true' | p:1:10: renoise: must be true or false, not text; write it without quotes",
                "renoise: [] | p:1:10: renoise: must be true or false, not a list",
                "reshift: 0 | p:1:10: reshift: must be true or false, not '0'",
                "renoize: true | p:1:1: 'renoize': unknown key; did you mean renoise?",
                "until: .3 | p:1:1: 'until': unknown key; use stages, frames, resampler, rounding, renoise, reshift",
            })
    void parse_badSetting_saysWhereAndWhat(String setting, String message) {
        assertThatThrownBy(() -> PlanFile.parse("p", setting + "\n" + PAPER))
                .isInstanceOf(PlanFileException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | p:1:1: is empty; its keys are stages, frames, resampler",
                "'# nothing' | p:1:1: is empty; its keys are stages, frames, resampler",
                "stages | p:1:1: must be a mapping (key: value), not 'stages'",
                "stages: | p:1:8: stages: must be a list, not ''",
                "stages: [] | p:1:9: stages: a plan needs at least one",
                "stages: {} | p:1:9: stages: must be a list, not a mapping",
                "stages: [1] | p:1:10: must be a mapping (key: value), not '1'",
                "stage: [] | p:1:1: 'stage': unknown key; did you mean stages? (use stages, frames, resampler, rounding,",
                "colour: [] | p:1:1: 'colour': unknown key; use stages",
                "stages: [ | p:1:10: is not valid YAML:",
                "{} | p:1:1: stages: is missing",
            })
    void parse_badDocument_saysWhereAndWhat(String text, String message) {
        assertThatThrownBy(() -> PlanFile.parse("p", text))
                .isInstanceOf(PlanFileException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void parse_twoDocuments_refusesTheSecond() {
        assertThatThrownBy(() -> PlanFile.parse("p", PAPER + "---\n" + PAPER))
                .isInstanceOf(PlanFileException.class)
                .hasMessageStartingWith("p:5:1: is not valid YAML");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- ", "? "})
    void parse_deepNesting_isRefused(String opening) {
        assertThatThrownBy(() -> PlanFile.parse("p", "stages: " + opening.repeat(20_000)))
                .isInstanceOf(PlanFileException.class)
                .hasMessageMatching("p:1:\\d+: (is not valid YAML: .+|must be nested at most 16 deep)");
    }

    @Test
    void parse_aliasBomb_isRefusedWithoutExpandingIt() {
        StringBuilder text = new StringBuilder("stages: &a0 [x, x]\n");
        for (int i = 1; i < 60; i++) {
            text.append("k%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
        }

        assertThatThrownBy(() -> PlanFile.parse("p", text.toString()))
                .isInstanceOf(PlanFileException.class)
                .hasMessage("p:1:9: anchors and aliases are not supported; write the value out");
    }

    @Test
    void parse_oddText_saysWhere() {
        Map<String, String> messages = Map.of(
                "stages: " + "[".repeat(16),
                "p:1:24: must be nested at most 16 deep",
                "stages: [\0]",
                "p:1:10: character U+0000 is not allowed; is it a text file?",
                "stages:\n  \u0007",
                "p:2:3: character U+0007 is not allowed; is it a text file?",
                "stages: \ud800",
                "p:1:9: character U+D800 is not allowed; is it a text file?",
                "stages:\n\t- 1",
                "p:2:1: is not valid YAML: found character '\\t(TAB)'",
                "stages: *a",
                "p:1:9: anchors and aliases are not supported; write the value out",
                "<<: {stages: []}",
                "p:1:1: '<<': unknown key; use stages");
        messages.forEach((text, message) -> assertThatThrownBy(() -> PlanFile.parse("p", text))
                .isInstanceOf(PlanFileException.class)
                .hasMessageStartingWith(message));
    }

    @Test
    void parse_tooMuch_isRefused() {
        String stage = "{width: 1, height: 1, steps: 1, strength: 1, shift: 1}, ";
        assertThatThrownBy(() -> PlanFile.parse("p", "stages: [" + stage.repeat(101) + "]"))
                .hasMessage("p:1:9: stages: must be at most 100, not 101");
        assertThatThrownBy(() -> PlanFile.parse("p", "#".repeat(1 << 20) + "\n"))
                .hasMessage("p:1:1: must be at most 1048576 characters, not 1048577");
    }

    @Test
    void read_endlessFile_isRefused() {
        Path endless = Path.of("/dev/zero");
        assumeThat(endless).exists();
        assertThatThrownBy(() -> PlanFile.read(endless)).hasMessageContaining("must be at most 1048576 bytes");
    }

    @Test
    void parse_alias_isRefused() {
        String text = "stages: [&a {width: 1, height: 1, steps: 1, strength: 1, shift: 1}, *a]";

        assertThatThrownBy(() -> PlanFile.parse("p", text))
                .hasMessage("p:1:10: anchors and aliases are not supported; write the value out");
    }

    @Test
    void parse_longValue_isCutInTheMessage() {
        String text = PAPER.replace("9}", "9".repeat(100_000) + "x}");

        assertThatThrownBy(() -> PlanFile.parse("p", text))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200).endsWith("999...'"));
    }

    @Test
    void read_missingFile_saysSo() {
        Path file = folder.resolve("none.yaml");

        assertThatThrownBy(() -> PlanFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ": does not exist; give a plan file");
    }

    @Test
    void read_folder_saysItCannotBeRead() {
        assertThatThrownBy(() -> PlanFile.read(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(folder + ": cannot be read; give a plan file");
    }

    @Test
    void read_largeFile_isRefused() throws IOException {
        Path file = Files.write(folder.resolve("big.yaml"), new byte[(1 << 20) + 1]);

        assertThatThrownBy(() -> PlanFile.read(file))
                .hasMessage(file + ":1:1: must be at most 1048576 bytes; is it a plan file?");
    }

    @Test
    void read_notUtf8_isRefused() throws IOException {
        Path file = Files.write(folder.resolve("latin.yaml"), new byte[] {'#', (byte) 0xe9, '\n'});

        assertThatThrownBy(() -> PlanFile.read(file))
                .hasMessage(file + ":1:2: must be UTF-8 text, and is not; save it as UTF-8");
    }

    private static String replaceFirst(String text, String target, String replacement) {
        int at = text.indexOf(target);
        assertThat(at).isNotNegative();
        return text.substring(0, at) + replacement + text.substring(at + target.length());
    }
}
