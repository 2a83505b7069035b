package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C and its like, sent to a real process. */
@Tag("slow")
class SignalTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void generate_signalled_stopsBetweenStepsAndLeavesNothing(String signal) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home", ""), "bin", "java")
                                .toString(),
                        "-cp",
                        System.getProperty("java.class.path", ""),
                        "-DRUST_FLAVOR=cpu",
                        "io.bottleneck4j.cli.Main",
                        "generate",
                        "a fox",
                        "--plan",
                        "baseline",
                        "--steps",
                        "2000",
                        "-o",
                        folder.resolve("fox.png").toString())
                .start();
        try (BufferedReader err = process.errorReader()) {
            String line = err.readLine();
            assertThat(line).isEqualTo("stage 1/1 256x256, 2000 steps");
            assumeFalse(signal.equals("INT") && ignoresInterrupts(process), "started in the background of a shell");
            Thread.sleep(500);
            new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                    .start()
                    .waitFor();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            List<String> rest = err.lines().toList();
            assertThat(rest.get(rest.size() - 1)).matches("bottleneck4j: cancelled after step \\d+ of 2000");
            assertThat(process.exitValue()).isEqualTo(130);
            assertThat(Cli.names(folder)).isEmpty();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Shells start background jobs with SIGINT ignored, and children inherit that. */
    private static boolean ignoresInterrupts(Process process) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }
}
