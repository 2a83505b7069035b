package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.cli.options.OutputNames;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Failures;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.KeptLatentsException;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Exit codes, names, shell words. */
class SmallPartsTest {
    @Test
    void exitCode_ofEachKind_isItsRow() {
        assertThat(ExitCode.of(new CancellationException())).isEqualTo(130);
        assertThat(ExitCode.of(new DeviceException("x"))).isEqualTo(4);
        assertThat(ExitCode.of(new OutOfMemoryError())).isEqualTo(4);
        assertThat(ExitCode.of(new UnsatisfiedLinkError())).isEqualTo(4);
        assertThat(ExitCode.of(new WeightsException("x"))).isEqualTo(3);
        assertThat(ExitCode.of(new FolderException("x"))).isEqualTo(3);
        assertThat(ExitCode.of(new IllegalArgumentException())).isEqualTo(2);
        assertThat(ExitCode.of(new CommandLine.ParameterException(new CommandLine(new Main()), "x")))
                .isEqualTo(2);
        assertThat(ExitCode.of(new IOException())).isEqualTo(1);
        assertThat(ExitCode.of(new IllegalStateException())).isEqualTo(1);
        assertThat(ExitCode.of(new KeptLatentsException(new DeviceException("x"), Path.of("l"), Path.of("o"))))
                .isEqualTo(4);
    }

    @Test
    void message_outOfMemory_namesARemedy() {
        assertThat(Failures.message(new OutOfMemoryError("Java heap space")))
                .isEqualTo("out of memory (Java heap space); use a smaller size, or give Java more with"
                        + " BOTTLENECK4J_OPTS=-Xmx4g");
    }

    @Test
    void name_ofOnePicture_isTheNameGiven() {
        assertThat(new OutputNames(Path.of("a/cat.png"), 1).name(0)).hasToString("a/cat.png");
        assertThat(new OutputNames(Path.of("a/cat.v2.png"), 2).name(1)).hasToString("a/cat.v2-0001.png");
    }

    @Test
    void requireEnding_another_saysTheRightOne() {
        assertThatThrownBy(() -> new OutputNames(Path.of("a/cat"), 1).requireEnding("output", ".png"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("output: must end in .png, not 'a/cat'; use a/cat.png");
    }

    @Test
    void quoted_pathWithSpacesAndQuotes_isOneShellWord() {
        assertThat(Failures.quoted(Path.of("a/b.png"))).isEqualTo("a/b.png");
        assertThat(Failures.quoted(Path.of("it's a.png"))).isEqualTo("'it'\\''s a.png'");
    }

    @Test
    void arguments_beyondAsciiUnderAnAsciiLocale_areLost(@TempDir Path folder) throws IOException {
        Path line = Files.writeString(folder.resolve("cmdline"), "/opt/José/java\0-jar\0generate\0un zorro\0狐\0");
        assertThat(Main.isLost("ANSI_X3.4-1968", line, 3)).isTrue();
        assertThat(Main.isLost("UTF-8", line, 3)).isFalse();
        assertThat(Main.isLost("ANSI_X3.4-1968", folder.resolve("none"), 3)).isFalse();
        Files.writeString(line, "/opt/José/java\0-jar\0generate\0a fox\0");
        assertThat(Main.isLost("ANSI_X3.4-1968", line, 2))
                .as("Java's own path does not matter")
                .isFalse();
    }

    @Test
    void commands_haveTheNamesTheyAreCalledBy() {
        Surroundings surroundings = new Surroundings(Map.of(), Path.of(""), false, new Cancellation());
        for (String name : Main.COMMANDS) {
            Object command = Main.command(name, surroundings);
            CommandLine line = command instanceof CommandLine made ? made : new CommandLine(command);
            assertThat(line.getCommandName()).isEqualTo(name);
        }
    }
}
