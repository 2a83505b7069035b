package io.bottleneck4j.eval.score;

import java.util.List;

/** A metric of single pictures; for one thread. Closing it frees its network. */
public interface Scorer extends AutoCloseable {

    /** What it measures, as reports name it. */
    String name();

    /** Pixels that both sides of a picture must have at least. */
    default int smallestSide() {
        return 1;
    }

    /** Whether it says anything of a prompt's pictures; of others it gives no score, and none is missing. */
    default boolean asks(String prompt) {
        return true;
    }

    /** Scores of pictures in their order, computed as one batch. */
    List<Double> scores(List<Judged> batch);

    @Override
    void close();
}
