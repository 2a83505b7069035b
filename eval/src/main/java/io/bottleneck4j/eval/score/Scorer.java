package io.bottleneck4j.eval.score;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

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

    /** One of functions, and of networks that these ask, which it takes over, and closes in this order. */
    static Scorer of(
            String name,
            int smallestSide,
            Predicate<String> asks,
            Function<List<Judged>, List<Double>> scores,
            AutoCloseable... networks) {
        return new Scorer() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int smallestSide() {
                return smallestSide;
            }

            @Override
            public boolean asks(String prompt) {
                return asks.test(prompt);
            }

            @Override
            public List<Double> scores(List<Judged> batch) {
                return scores.apply(batch);
            }

            @Override
            public void close() {
                for (AutoCloseable network : networks) {
                    try {
                        network.close();
                    } catch (Exception e) {
                        throw new IllegalStateException(name + ": its network cannot be closed", e);
                    }
                }
            }
        };
    }
}
