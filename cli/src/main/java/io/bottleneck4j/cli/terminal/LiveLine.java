package io.bottleneck4j.cli.terminal;

import java.io.PrintWriter;

/** The last line of a terminal, which rewrites itself. */
public final class LiveLine {
    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintWriter err;
    private boolean shown;

    public LiveLine(PrintWriter err) {
        this.err = err;
    }

    /** Shows a text in place of the one before. */
    public void show(String line) {
        err.print(ERASE_LINE + line);
        err.flush();
        shown = true;
    }

    /** Removes it, so that what follows starts on a clean line. */
    public void clear() {
        if (shown) {
            err.print(ERASE_LINE);
            err.flush();
            shown = false;
        }
    }
}
