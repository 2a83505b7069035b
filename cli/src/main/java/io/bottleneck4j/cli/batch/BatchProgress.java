package io.bottleneck4j.cli.batch;

import io.bottleneck4j.batch.BatchListener;
import io.bottleneck4j.cli.terminal.LiveLine;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Progress;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.Timings;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far a run of many rows is: one line that rewrites itself on a terminal, otherwise a line every half a minute. Words about rows are
 * told up to a number, since the results hold all of them.
 */
final class BatchProgress implements BatchListener, AutoCloseable {
    private static final int MOST_WORDS = 20;
    private static final long LIVE_NANOS = 100_000_000L;
    private static final long QUIET_NANOS = 30_000_000_000L;

    private final PrintWriter err;
    private final boolean live;
    private final LongSupplier nanos;
    private final Notes notes;
    private long rows;
    private long done;
    private long failed;
    private long made;
    private long start;
    private long told;
    private int words;
    private final LiveLine shown;

    BatchProgress(PrintWriter err, boolean live, LongSupplier nanos) {
        this.err = err;
        shown = new LiveLine(err);
        this.live = live;
        this.nanos = nanos;
        notes = new Notes(err);
    }

    @Override
    public void counted(long all) {
        rows = all;
        told = nanos.getAsLong();
    }

    @Override
    public void passed() {
        done++;
        tell("");
    }

    @Override
    public void begin(Job job, int index) {
        if (start == 0) {
            start = nanos.getAsLong();
        }
    }

    @Override
    public void onStep(Step step) {
        int of = step.at().plan().executedSteps();
        tell(", step " + (step.at().stepsBefore() + 1) + "/" + of);
    }

    @Override
    public void made(Job job, Timings seconds) {
        done++;
        made++;
        tell("");
    }

    @Override
    public void failed(String where, String error) {
        failed++;
        say(() -> notes.warning(where + ": " + error));
    }

    @Override
    public void note(String text) {
        say(() -> notes.note(text));
    }

    @Override
    public void warning(String text) {
        say(() -> notes.warning(text));
    }

    private void say(Runnable word) {
        words++;
        if (words <= MOST_WORDS) {
            clear();
            word.run();
        } else if (words == MOST_WORDS + 1) {
            clear();
            notes.note("further messages of this kind are not shown; the results list the rows that failed");
        }
    }

    private void tell(String step) {
        long now = nanos.getAsLong();
        if (now - told < (live ? LIVE_NANOS : QUIET_NANOS)) {
            return;
        }
        told = now;
        String line =
                done + " of " + rows + " made" + (failed == 0 ? "" : ", " + failed + " failed") + step + pace(now);
        if (live) {
            shown.show(line);
        } else {
            err.println(line);
        }
    }

    private String pace(long now) {
        if (made == 0) {
            return "";
        }
        double each = (now - start) / 1e9 / made;
        long left = Math.max(0, rows - done - failed);
        return String.format(Locale.ROOT, ", %.2f s each, ", each) + Progress.duration(each * left) + " left";
    }

    private void clear() {
        shown.clear();
    }

    @Override
    public void close() {
        clear();
    }
}
