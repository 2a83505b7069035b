package io.bottleneck4j.cli.pull;

import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.models.folder.HubDownload;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pull}: the one command that downloads. */
@Command(name = "pull", sortOptions = false, abbreviateSynopsis = true)
public final class PullCommand implements Callable<Integer> {
    private static final String TUNNELS = "jdk.http.auth.tunneling.disabledSchemes";

    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "MODEL", descriptionKey = "model")
    private String model = "";

    @Option(names = "--include", paramLabel = "PATTERN")
    private List<String> include = new ArrayList<>();

    public PullCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        if (System.getProperty(TUNNELS) == null) {
            System.setProperty(TUNNELS, ""); // else a proxy on the way to HTTPS is shown no password
        }
        HubDownload download = HubDownload.of(surroundings.environment(), surroundings.home());
        PrintWriter err = spec.commandLine().getErr();
        try (Shown shown = new Shown(err, surroundings.terminal())) {
            spec.commandLine()
                    .getOut()
                    .println(download.pull(
                            model,
                            include,
                            shown,
                            () -> surroundings.cancellation().check("while downloading " + model)));
        }
        return ExitCode.OK;
    }

    /** One line that rewrites itself on a terminal, otherwise a line for each file. */
    private static final class Shown implements HubDownload.Progress, AutoCloseable {
        private static final String ERASE_LINE = "\r\u001b[K";
        private static final long BETWEEN_NANOS = 200_000_000;
        private static final double MEGA = 1e6;

        private final PrintWriter err;
        private final boolean live;
        private final long start = System.nanoTime();
        private long first = -1;
        private long last = start - BETWEEN_NANOS;
        private int lastFile = -1;

        Shown(PrintWriter err, boolean live) {
            this.err = err;
            this.live = live;
        }

        @Override
        public void at(String file, int index, int files, long done, long bytes) {
            long now = System.nanoTime();
            first = first < 0 ? done : first;
            boolean due = live ? now - last >= BETWEEN_NANOS : index != lastFile;
            if (!due) {
                return;
            }
            last = now;
            lastFile = index;
            double seconds = Math.max(1e-9, (now - start) / 1e9);
            err.printf(
                    Locale.ROOT,
                    (live ? ERASE_LINE : "") + "%d of %d  %s  %,.1f of %,.1f MB  %.1f MB/s" + (live ? "" : "%n"),
                    index + 1,
                    files,
                    file,
                    done / MEGA,
                    bytes / MEGA,
                    (done - first) / MEGA / seconds);
            err.flush();
        }

        @Override
        public void close() {
            if (live) {
                err.print(ERASE_LINE);
                err.flush();
            }
        }
    }
}
