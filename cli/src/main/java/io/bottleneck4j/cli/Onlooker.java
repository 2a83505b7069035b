package io.bottleneck4j.cli;

import io.bottleneck4j.core.sampling.SamplingListener;
import java.io.IOException;

/** Told of pictures as {@link Generation} makes them, and of each of their steps. */
interface Onlooker extends SamplingListener {

    /** The next picture begins. */
    void begin(Generation.Job job);

    /**
     * A picture is made and written.
     *
     * @param seconds of its denoising, with what this onlooker did at its steps
     * @throws IOException if what the onlooker keeps of it cannot be written, which ends the run
     */
    default void made(Generation.Job job, double seconds) throws IOException {}
}
