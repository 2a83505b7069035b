package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.cli.plan.TuneTarget;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.pipeline.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TuneCommandTest {
    @TempDir
    private Path temp;

    @Test
    void tune_toSpeedUp_printsAPlanFileThatMeetsIt() throws IOException {
        Cli.Result result = Cli.run("tune", "--speedup", 2.5, "--plan", "paper", "--model", "flux");
        assertThat(result.code()).isEqualTo(ExitCode.OK);
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).isEqualTo("""
                        # tuned costs 1,471.44 T, the baseline 3,719.23 T: a speed-up of 2.53x in FLOPs.
                        # At no more cost, a plain schedule has 19 steps (2.63x).
                        # Tuned from plan paper of flux (6 + 16 + 5 forwards);
                        # 1.3 % of the forwards are in another stage than its proportions ask for.
                        stages:
                          - {width: 1024, height: 1024, steps: 8, strength: 1, shift: 9}
                          - {width: 512, height: 512, steps: 25, strength: 0.8, shift: 6}
                          - {width: 1024, height: 1024, steps: 10, strength: 0.6, shift: 9}
                        """);
        Path file = temp.resolve("plan.yaml");
        Files.writeString(file, result.out());
        JsonNode measured = json(Cli.run("plan", "--model", "flux", "--plan", file, "--format", "json"));
        assertThat(measured.get("speedup").asDouble()).isBetween(2.5, 2.54);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flux", "hunyuan-video", "emoji-flux"})
    void tune_ofAnyModel_meetsTheTarget(String model) throws IOException {
        for (double speedup : new double[] {1, 1.7, 2, 4}) {
            Path file = temp.resolve("plan.yaml");
            Cli.Result result = Cli.run("tune", "--speedup", speedup, "--model", model, "--plan", "x2", "-o", file);
            assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
            assertThat(result.err()).contains("note: written: " + file);
            assertThat(Files.readString(file)).contains("rounding: floor");
            JsonNode measured = json(Cli.run("plan", "--model", model, "--plan", file, "--format", "json"));
            assertThat(measured.get("speedup").asDouble()).isBetween(speedup * (1 - 1e-9), speedup * 1.1);
        }
    }

    @Test
    void tune_toFlops_staysBelow() throws IOException {
        JsonNode json = json(Cli.run("tune", "--max-flops", "1200T", "--model", "flux", "--format", "json"));
        assertThat(json.get("flops").asDouble()).isBetween(1200e12 - 21.51e12, 1200e12);
        assertThat(json.get("preset").asText()).isEqualTo("bottleneck");
        assertThat(json.get("yaml").asText()).contains("stages:");
        assertThat(json.get("displaced").asDouble()).isBetween(0.0, 0.1);
    }

    @Test
    void tune_toSeconds_usesTheCalibration() throws IOException {
        Map<String, String> environment = Map.of("XDG_CACHE_HOME", temp.toString());
        Cli.Result before = Cli.run(
                new Cancellation(), environment, "tune", "--max-seconds", 1, "--model", Cli.TINY, "--threads", 1);
        assertThat(before.code()).isEqualTo(ExitCode.USAGE);
        assertThat(before.errLines())
                .containsExactly("bottleneck4j: max-seconds: " + Cli.TINY
                        + " was not timed here at all sizes of plan bottleneck; time it first: bottleneck4j plan --calibrate"
                        + " with the same model, plan and size");
        Cli.Result timed = Cli.run(
                new Cancellation(),
                environment,
                "plan",
                "--calibrate",
                "--model",
                Cli.TINY,
                "--threads",
                1,
                "--format",
                "json");
        assertThat(timed.code()).as(timed.err()).isEqualTo(ExitCode.OK);
        double seconds = json(timed).get("seconds").asDouble();
        for (Object[] target : new Object[][] {{"--max-seconds", seconds / 2}, {"--speedup", 2, "--by", "time"}}) {
            Object[] arguments = Stream.concat(
                            Stream.of(target), Stream.of("--model", Cli.TINY, "--threads", 1, "--format", "json"))
                    .toArray();
            JsonNode tuned = json(Cli.run(
                    new Cancellation(),
                    environment,
                    Stream.concat(Stream.of("tune"), Stream.of(arguments)).toArray()));
            double limit = target.length == 2
                    ? seconds / 2
                    : tuned.get("baseline").get("seconds").asDouble() / 2;
            assertThat(tuned.get("seconds").asDouble()).isLessThanOrEqualTo(limit * (1 + 1e-9));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--speedup 30 --model flux            | speedup: must be between 0.2731 and 21.84 for plan bottleneck",
                "--speedup 0.01 --model flux          | steps each), not 0.01",
                "--max-flops 1200G --model flux       | max-flops: must be between 170.3T and 13620T for plan",
                "--speedup -1                         | speedup: must be a finite number above 0, not -1",
                "--speedup NaN                        | speedup: must be a finite number above 0, not NaN",
                "--max-flops 12X                      | max-flops: must be a number, alone or in k, M, G, T or P",
                "--max-flops 1.2.3                    | max-flops: must be a number",
                "--max-flops 0                        | max-flops: must be a finite number above 0, not 0",
                "--max-seconds 1 --model flux         | max-seconds: flux was not timed here",
                "--max-flops 1T --by time             | by: only --speedup takes --by",
                "--speedup 2 --max-flops 1T           | mutually exclusive",
                "--speedup 2 -o plan.txt              | output: ",
                "--plan paper                         | target: is missing; give one of --speedup, --max-seconds and",
                "--speedup 4 --plan x3 --cache reuse:steps=0.1 | bottleneck4j: cache: reuse:steps=0.1 computes these steps",
                "--speedup fast                       | 'fast' is not a number; decimals follow a point, as in 3.5"
            })
    void tune_withBadInput_saysSo(String options, String says) {
        Cli.Result result = Cli.run(
                Stream.concat(Stream.of("tune"), Stream.of(options.split(" "))).toArray());
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.USAGE);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains(says);
    }

    @Test
    void tune_withCachesOverHiddenStates_meetsTheTarget() throws IOException {
        for (double speedup : new double[] {3.5, 4, 4.5, 6}) {
            JsonNode tuned = json(Cli.run("tune", "--speedup", speedup, "--plan", "x4", "--format", "json"));
            assertThat(tuned.get("speedup").asDouble()).isGreaterThanOrEqualTo(speedup * (1 - 1e-9));
        }
    }

    /** What a message names as the range can be asked for. */
    @Test
    void tune_toTheNamedBounds_isReached() {
        for (Object bound : new Object[] {0.2731, 21.84}) {
            assertThat(Cli.run("tune", "--speedup", bound, "--model", "flux").code())
                    .isEqualTo(ExitCode.OK);
        }
    }

    @Test
    void flops_readsUnits() {
        assertThat(TuneTarget.flops("1.2e15")).isEqualTo(1.2e15);
        assertThat(TuneTarget.flops("1200T")).isEqualTo(1.2e15);
        assertThat(TuneTarget.flops("1.2 P")).isEqualTo(1.2e15);
        assertThat(TuneTarget.flops("3k")).isEqualTo(3000);
        assertThatIllegalArgumentException().isThrownBy(() -> TuneTarget.flops("T"));
    }

    private static JsonNode json(Cli.Result result) throws IOException {
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        return new ObjectMapper().readTree(result.out());
    }
}
