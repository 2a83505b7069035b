package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlanFileTest {
    static final String PAPER = """
            stages:
              - {width: 1024, height: 1024, steps: 6,  strength: 1.0, shift: 9}
              - {width: 512,  height: 512,  steps: 20, strength: 0.8, shift: 6}
              - {width: 1024, height: 1024, steps: 8,  strength: 0.6, shift: 9}
            """;
    private static final String STAGE = "{width: 64, height: 32, steps: 4, strength: 1, shift: 3}";

    @TempDir
    private Path folder;

    @Test
    void parse_ofThePapersPlan_readsItsStages() {
        PlanSpec plan = PlanFile.parse("p.yaml", PAPER);
        assertThat(plan.name()).isEqualTo("p.yaml");
        assertThat(plan.stages())
                .containsExactly(
                        new StageSpec(1024, 1024, 6, 1, 9),
                        new StageSpec(512, 512, 20, 0.8, 6),
                        new StageSpec(1024, 1024, 8, 0.6, 9));
        assertThat(plan.last()).isEqualTo(new StageSpec(1024, 1024, 8, 0.6, 9));
    }

    @Test
    void read_ofBlockStyleCommentsAndByteOrderMark_works() throws IOException {
        String text = """
                \uFEFF# mine
                ---
                stages:
                - width: 64
                  height: +32
                  steps: 4 # few
                  strength: 1.
                  shift: 3e0
                """;
        Path file = Files.writeString(folder.resolve("p.yaml"), text.replace("\n", "\r\n"));
        assertThat(PlanFile.read(file))
                .isEqualTo(new PlanSpec(
                        file.toString(),
                        PlanFile.parse("x", "stages: [" + STAGE + "]").stages()));
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                // keys
                fault("stgaes: []", "1:1: stgaes: unknown key; did you mean stages?"),
                fault("name: x\nstages: []", "1:1: name: unknown key; use stages"),
                fault("stages:\n- {witdh: 64}", "2:4: witdh: unknown key; did you mean width?"),
                fault("stages:\n- {x: 64}", "2:4: x: unknown key; use width, height, steps, strength, shift"),
                fault("{}", "1:1: stages: is missing"),
                fault("stages: []\nstages: []", "2:1: stages: appears twice; keep one"),
                fault("stages:\n- {steps: 1, steps: 2}", "2:14: steps: appears twice; keep one"),
                fault("stages:\n- {width: 1}", "2:3: height: is missing"),
                fault("? [a]\n: b", "1:3: a key must be text, not a list"),
                fault("<<: {stages: []}", "1:1: <<: unknown key; use stages"),
                // types
                fault("stages: 3", "1:9: stages: must be a list, not '3'"),
                fault("stages:", "1:8: stages: must be a list, not ''"),
                fault("stages: {a: b}", "1:9: stages: must be a list, not a mapping"),
                fault("stages: []", "1:9: stages: a plan needs at least one"),
                fault("stages: [4]", "1:10: must be a mapping (key: value), not '4'"),
                fault("- 1", "1:1: must be a mapping (key: value), not a list"),
                fault("hello", "1:1: must be a mapping (key: value), not 'hello'"),
                stage("width: 64", "width: 6.5", "1:18: width: must be a whole number, not 6.5"),
                stage(
                        "width: 64",
                        "width: '64'",
                        "1:18: width: must be a whole number, not text; write it without quotes"),
                stage("width: 64", "width: 0x40", "1:18: width: must be a whole number, not 0x40"),
                stage("width: 64", "width: 064", "1:18: width: must be a whole number, not 064"),
                stage("width: 64", "width: 6_4", "1:18: width: must be a whole number, not 6_4"),
                stage("width: 64", "width: ٦٤", "1:18: width: must be a whole number, not ٦٤"),
                stage("width: 64", "width: 1e3", "1:18: width: must be a whole number, not 1e3"),
                stage("width: 64", "width: 9999999999", "1:18: width: must be at most 2147483647, not 9999999999"),
                stage("width: 64", "width: [64]", "1:18: width: must be a whole number, not a list"),
                stage("width: 64", "width: {}", "1:18: width: must be a whole number, not a mapping"),
                stage("width: 64", "width: true", "1:18: width: must be a whole number, not true"),
                stage("shift: 3", "shift: .nan", "1:64: shift: must be a finite number, not .nan"),
                stage("shift: 3", "shift: .inf", "1:64: shift: must be a finite number, not .inf"),
                stage("shift: 3", "shift: NaN", "1:64: shift: must be a finite number, not NaN"),
                stage("shift: 3", "shift: Infinity", "1:64: shift: must be a finite number, not Infinity"),
                stage("shift: 3", "shift: 1e999", "1:64: shift: must be a finite number, not 1e999"),
                stage("shift: 3", "shift: 0x1p3", "1:64: shift: must be a finite number, not 0x1p3"),
                stage("shift: 3", "shift: 3f", "1:64: shift: must be a finite number, not 3f"),
                // ranges
                stage("width: 64", "width: 0", "1:10: stage 1: width: must be at least 1 px, not 0"),
                stage("height: 32", "height: -8", "1:10: stage 1: height: must be at least 1 px, not -8"),
                stage("steps: 4", "steps: 0", "1:10: stage 1: steps: must be between 1 and 10000, not 0"),
                stage("steps: 4", "steps: 10001", "1:10: stage 1: steps: must be between 1 and 10000, not 10001"),
                stage("strength: 1", "strength: 0", "1:10: stage 1: strength: must be above 0 and at most 1, not 0.0"),
                stage(
                        "strength: 1",
                        "strength: 1.1",
                        "1:10: stage 1: strength: must be above 0 and at most 1, not 1.1"),
                stage("shift: 3", "shift: 0", "1:10: stage 1: shift: must be a finite number above 0, not 0.0; use 1"),
                fault("stages: [" + (STAGE + ", ").repeat(101) + "]", "1:9: stages: must be at most 100, not 101"),
                // YAML
                fault("", "1:1: is empty; it must hold stages"),
                fault("# nothing", "1:1: is empty; it must hold stages"),
                fault("stages: [", "1:10: is not valid YAML: "),
                fault("stages:\n\t- 1", "2:1: is not valid YAML: found character '\\t(TAB)'"),
                fault("stages: []\n---\nstages: []", "2:1: is not valid YAML: but found another document"),
                fault("stages: &a []", "1:9: anchors and aliases are not supported; write the value out"),
                fault("stages: *a", "1:9: anchors and aliases are not supported"),
                fault("&a {stages: [*a]}", "1:1: anchors and aliases are not supported"),
                fault("stages: [&a " + STAGE + ", *a]", "1:10: anchors and aliases are not supported"),
                fault("stages:\n- {width: &w 64}", "2:11: anchors and aliases are not supported"),
                fault("stages:\n" + "[".repeat(500_000), "2:1026: is not valid YAML: "),
                fault("stages:\n" + "[".repeat(500), "2:16: must be nested at most 16 deep"),
                fault("{stages: " + "{a: ".repeat(5000), "1:70: must be nested at most 16 deep"),
                fault("stages: [\u0000]", "1:10: character U+0000 is not allowed; is it a text file?"),
                fault("stages:\n  \u0007", "2:3: character U+0007 is not allowed; is it a text file?"),
                fault("stages: \ud800", "1:9: character U+D800 is not allowed; is it a text file?"),
                fault("#".repeat(1 << 20) + "\n", "1:1: must be at most 1048576 characters, not 1048577"),
                fault("a".repeat(500) + ": 1", "1:1: " + "a".repeat(60) + "...: unknown key; use stages"));
    }

    private static Arguments fault(String yaml, String message) {
        return Arguments.of(yaml, message);
    }

    /** The fault of one stage with a part replaced. */
    private static Arguments stage(String part, String by, String message) {
        return fault("stages: [" + STAGE.replace(part, by) + "]", message);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void parse_ofFault_tellsFileLineColumnAndRemedy(String yaml, String message) {
        assertThatThrownBy(() -> PlanFile.parse("p.yaml", yaml))
                .isInstanceOf(PlanFileException.class)
                .hasMessageStartingWith("p.yaml:" + message)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(250).doesNotContain("\n"));
    }

    @Test
    void read_ofOtherThanUtf8_tellsWhere() throws IOException {
        Path latin = Files.write(folder.resolve("l.yaml"), "# ok\n# \u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> PlanFile.read(latin))
                .isInstanceOf(PlanFileException.class)
                .hasMessage(latin + ":2:3: is not UTF-8 text; save it as UTF-8");
    }

    @Test
    void read_ofMissingLargeOrEndlessFile_saysSo() throws IOException {
        Path missing = folder.resolve("none.yaml");
        assertThatThrownBy(() -> PlanFile.read(missing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(missing + ": does not exist; give a plan file");
        assertThatThrownBy(() -> PlanFile.read(folder)).hasMessage(folder + ": cannot be read; give a plan file");
        Path large = Files.write(folder.resolve("large.yaml"), new byte[(1 << 20) + 1]);
        assertThatThrownBy(() -> PlanFile.read(large))
                .hasMessage(large + ":1:1: must be at most 1048576 bytes; is it really a plan file?");
        Path endless = Path.of("/dev/zero");
        if (Files.exists(endless)) {
            assertThatThrownBy(() -> PlanFile.read(endless)).hasMessageContaining("must be at most 1048576 bytes");
        }
    }
}
