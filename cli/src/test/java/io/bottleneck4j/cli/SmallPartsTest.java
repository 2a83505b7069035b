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
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
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

    /** Java puts U+FFFD for what the locale cannot hold, which would be drawn from without a word. */
    @Test
    void unread_ofArgumentsThatTheLocaleLost_saysWhatToSet() {
        assertThat(Main.unread("ANSI_X3.4-1968", "generate", "f\uFFFD\uFFFDchs"))
                .isEqualTo(
                        "arguments: the locale has no characters beyond ANSI_X3.4-1968, as in 'f\uFFFD\uFFFDchs'; set"
                                + " LC_ALL=C.UTF-8");
        assertThat(Main.unread("ANSI_X3.4-1968", "generate", "fox")).isNull();
        assertThat(Main.unread("UTF-8", "generate", "\uFFFD is meant")).isNull();
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
    void commands_haveTheNamesTheyAreCalledBy() {
        Surroundings surroundings = new Surroundings(Map.of(), Path.of(""), false, new Cancellation());
        for (String name : Main.COMMANDS) {
            Object command = Main.command(name, surroundings);
            CommandLine line = command instanceof CommandLine made ? made : new CommandLine(command);
            assertThat(line.getCommandName()).isEqualTo(name);
        }
    }
}
