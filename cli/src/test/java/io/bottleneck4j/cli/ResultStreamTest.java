package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results that standard output does not take. */
@Tag("slow")
class ResultStreamTest {
    @TempDir
    Path folder;

    private ProcessBuilder generate() {
        return new ProcessBuilder(Cli.command(
                List.of(),
                List.of(
                        "generate",
                        "a fox",
                        "--model",
                        Cli.TINY.toString(),
                        "--plan",
                        "baseline",
                        "--steps",
                        "1",
                        "--format",
                        "json",
                        "-o",
                        folder.resolve("fox.png").toString())));
    }

    @Test
    @Tag("slow")
    void generate_toAFullDisk_failsAndKeepsThePicture() throws Exception {
        File full = new File("/dev/full");
        assumeTrue(full.canWrite(), "this system has no /dev/full");
        Process process = generate().redirectOutput(full).start();
        String err = read(process.getErrorStream());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(err).isEqualTo(1);
        assertThat(err).contains("standard output: cannot be written: No space left on device");
        assertThat(Files.exists(folder.resolve("fox.png"))).isTrue();
    }

    @Test
    @Tag("slow")
    void generate_toAReaderThatLeft_isNoFault() throws Exception {
        Process process = generate().start();
        process.getInputStream().close();
        String err = read(process.getErrorStream());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(err).isZero();
    }

    private static String read(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
}
