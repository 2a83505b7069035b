package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.sampling.Forward;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Which steps of a stage are computed; the others are skipped. The first always is. */
public sealed interface Rhythm {

    /**
     * Returns what each step runs.
     *
     * @param steps of the stage, at least 1
     * @param other what a step runs that is not computed
     * @throws IllegalArgumentException if it does not fit so many steps
     */
    List<Forward> forwards(int steps, Forward other);

    /**
     * Returns the rhythm of a part of a stage's steps, whose first step is computed.
     *
     * @param from the part's first step
     * @param to the step after its last
     */
    Rhythm part(int from, int to);

    /**
     * The first steps, then every so many: 0, 1, 4, 7, … for {@code first} 2 and {@code every} 3.
     *
     * @param first number of steps computed at the start, at least 1
     * @param every distance of the computed ones from there on, at least 2
     */
    record Every(int first, int every) implements Rhythm {

        /**
         * Checks both.
         *
         * @throws IllegalArgumentException if one is too small
         */
        public Every {
            if (first < 1) {
                throw new IllegalArgumentException(
                        "first: %s leaves nothing to predict from; compute at least 1 step".formatted(first));
            }
            if (every < 2) {
                throw new IllegalArgumentException(
                        "every: %s computes every step; use 2 or more, or no cache".formatted(every));
            }
        }

        @Override
        public List<Forward> forwards(int steps, Forward other) {
            List<Forward> forwards = new ArrayList<>(steps);
            for (int i = 0; i < steps; i++) {
                forwards.add(i < first || (i - (first - 1)) % every == 0 ? Forward.FULL : other);
            }
            return forwards;
        }

        @Override
        public Rhythm part(int from, int to) {
            return this;
        }
    }

    /**
     * Steps by their index in the stage.
     *
     * @param steps rising from 0
     */
    record At(List<Integer> steps) implements Rhythm {

        /**
         * Checks and copies the steps.
         *
         * @throws IllegalArgumentException if they do not begin with 0 or do not rise
         */
        public At {
            steps = List.copyOf(steps);
            if (steps.isEmpty() || steps.get(0) != 0) {
                throw new IllegalArgumentException(
                        "steps: %s must begin with 0, since a stage's first step has nothing to predict from"
                                .formatted(spelled(steps)));
            }
            for (int i = 1; i < steps.size(); i++) {
                if (steps.get(i) <= steps.get(i - 1)) {
                    throw new IllegalArgumentException("steps: %s must rise, but %s follows %s"
                            .formatted(spelled(steps), steps.get(i), steps.get(i - 1)));
                }
            }
        }

        @Override
        public List<Forward> forwards(int count, Forward other) {
            int last = steps.get(steps.size() - 1);
            if (last >= count) {
                throw new IllegalArgumentException(
                        "steps: %s computes step %s, but the stage runs %s, 0 to %s; give another list for this stage"
                                .formatted(spelled(steps), last, count, count - 1));
            }
            List<Forward> forwards = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                forwards.add(steps.contains(i) ? Forward.FULL : other);
            }
            return forwards;
        }

        @Override
        public Rhythm part(int from, int to) {
            return new At(IntStream.range(from, to)
                    .filter(step -> step == from || steps.contains(step))
                    .mapToObj(step -> step - from)
                    .toList());
        }

        private static String spelled(List<Integer> steps) {
            return steps.stream().map(String::valueOf).collect(Collectors.joining("."));
        }

        /** Returns the steps as users write them, such as {@code 0.1.4}. */
        @Override
        public String toString() {
            return spelled(steps);
        }
    }
}
