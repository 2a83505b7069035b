package io.bottleneck4j.batch;

import io.bottleneck4j.pipeline.JobListener;

/** Told what becomes of a {@link Batch} beside what its job loop tells: what a terminal's progress is made from. */
public interface BatchListener extends JobListener {
    /**
     * The rows are counted, before any is made.
     *
     * @param rows of this shard that can be made, also those that were before
     */
    default void counted(long rows) {}

    /** A row was made before and is whole; nothing is done. */
    default void passed() {}

    /**
     * A row failed, or could not be read. It stands in the results.
     *
     * @param where it stands, as {@code line 17, id 'fox'}
     */
    default void failed(String where, String error) {}
}
