package io.bottleneck4j.batch;

import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;

/** Tells a row that fails as it runs from a machine that fails: a disk that is full or gone, or many rows one after the other. */
final class RowFailures {
    /** So many in turn are a fault of the machine. */
    static final int MOST = 20;

    private int inTurn;

    /** A row was made. */
    void none() {
        inTurn = 0;
    }

    /** Whether a failure is the row's own. */
    static boolean isOfRow(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException) {
                return false;
            }
        }
        return true;
    }

    /**
     * A row failed, and it is its own failure.
     *
     * @param advice what to do about many, after a semicolon; empty for none
     * @throws IllegalStateException if {@value #MOST} did one after the other
     */
    void one(Throwable failure, String advice) {
        inTurn++;
        if (inTurn >= MOST) {
            throw new IllegalStateException(
                    inTurn + " rows failed one after the other, the last: " + WholeFile.message(failure) + advice,
                    failure);
        }
    }
}
