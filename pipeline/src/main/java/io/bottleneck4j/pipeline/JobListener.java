package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Step;
import java.io.IOException;

/**
 * Told by a {@link JobLoop} what becomes of its jobs, on the thread that runs it: what a terminal's progress, a server's stream of events
 * and the record of a run are made from. Throwing {@link java.util.concurrent.CancellationException} from a step cancels.
 */
public interface JobListener extends SamplingListener {
    /**
     * A job begins.
     *
     * @param index among those of the loop, from 0
     */
    default void begin(Job job, int index) throws IOException {}

    @Override
    default void onStep(Step step) {}

    /**
     * It is made and written.
     *
     * @param seconds what it took, by phase; what listeners did at its steps is not in it
     * @throws IOException if what the listener keeps of it cannot be written, which ends the loop
     */
    default void made(Job job, Timings seconds) throws IOException {}

    /** Something the user should know, and nothing is wrong. */
    default void note(String text) {}

    /** Something the user should know, since the result may not be what was meant. */
    default void warning(String text) {}
}
