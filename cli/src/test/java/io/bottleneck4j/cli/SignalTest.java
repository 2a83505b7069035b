package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
        stopsBetweenSteps(generate("fox.png", "--steps", "2000"), signal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void generate_ofVideoSignalledWhileDenoising_leavesNothing(String signal) throws Exception {
        stopsBetweenSteps(generateVideo("clip.mp4", "2000", "5"), signal);
    }

    private void stopsBetweenSteps(Process process, String signal) throws Exception {
        try (BufferedReader err = process.errorReader()) {
            assertThat(err.readLine()).isEqualTo("stage 1/1 256x256, 2000 steps");
            Thread.sleep(500);
            assertThat(lastLineAfter(signal, process, err)).matches("bottleneck4j: cancelled after step \\d+ of 2000");
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.png"})
    void generate_ofVideoInterruptedWhileEncoding_leavesNothing(String name) throws Exception {
        Process process = generateVideo(name, "1", "129");
        try (BufferedReader err = process.errorReader()) {
            for (int i = 0; i < 600 && !isBeingWritten(); i++) {
                Thread.sleep(100);
            }
            assertThat(isBeingWritten()).isTrue();
            assertThat(lastLineAfter("INT", process, err))
                    .isEqualTo("bottleneck4j: cancelled while the video was encoded");
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void evaluateGenerate_signalled_leavesARunThatGoesOn(String signal) throws Exception {
        Path prompts =
                Files.writeString(folder.resolve("suite.jsonl"), "{\"prompt\": \"a fox\", \"category\": \"one\"}\n");
        Path run = folder.resolve("run");
        Process process = new ProcessBuilder(Cli.command(
                        List.of(),
                        List.of(
                                "evaluate",
                                "generate",
                                "--benchmark",
                                "emoji",
                                "--prompts",
                                prompts.toString(),
                                "--plan",
                                "baseline",
                                "--steps",
                                "2000",
                                "--dtype",
                                "float32",
                                "--out",
                                run.toString())))
                .start();
        try (BufferedReader err = process.errorReader()) {
            assertThat(err.readLine()).isEqualTo("picture 1/4, stage 1/1 256x256, 2000 steps");
            Thread.sleep(500);
            assertThat(endAfter(signal, process, err)).matches("bottleneck4j: cancelled after step \\d+ of 2000");
        } finally {
            process.destroyForcibly();
        }
        assertThat(Cli.names(run)).containsExactly("images", "prompts.jsonl", "run.json");
        assertThat(Cli.names(run.resolve("images"))).isEmpty();
    }

    private boolean isBeingWritten() {
        return Cli.names(folder).stream().anyMatch(name -> name.startsWith(".write-"))
                && Cli.names(folder).contains("clip.latents.safetensors");
    }

    private Process generateVideo(String name, String steps, String frames) throws IOException {
        return generate(
                name,
                "--model",
                Cli.FOLDERS.resolve("hunyuan-a").toString(),
                "--width",
                "256",
                "--height",
                "256",
                "--frames",
                frames,
                "--steps",
                steps);
    }

    private Process generate(String name, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "generate",
                "a fox",
                "--plan",
                "baseline",
                "--dtype",
                "float32",
                "-o",
                folder.resolve(name).toString()));
        words.addAll(Arrays.asList(more));
        return new ProcessBuilder(Cli.command(List.of(), words)).start();
    }

    /** The process ends with the code of a cancelled one, and its folder is empty. */
    private String lastLineAfter(String signal, Process process, BufferedReader err) throws Exception {
        String last = endAfter(signal, process, err);
        assertThat(Cli.names(folder)).isEmpty();
        return last;
    }

    /** The process ends with the code of a cancelled one. */
    private static String endAfter(String signal, Process process, BufferedReader err) throws Exception {
        assumeFalse(signal.equals("INT") && ignoresInterrupts(process), "started in the background of a shell");
        new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                .start()
                .waitFor();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        List<String> rest = err.lines().toList();
        assertThat(process.exitValue()).isEqualTo(130);
        return rest.get(rest.size() - 1);
    }

    /** Shells start background jobs with SIGINT ignored, and children inherit that. */
    private static boolean ignoresInterrupts(Process process) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }
}
