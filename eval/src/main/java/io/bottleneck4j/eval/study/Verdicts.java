package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.score.Bootstrap;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What participants said of two methods under one aspect.
 *
 * @param aspect asked
 * @param first the name of a method
 * @param second the name of the other
 * @param given one for each answer, at least one
 */
record Verdicts(Aspect aspect, String first, String second, List<Given> given) {

    Verdicts {
        given = List.copyOf(given);
        if (given.isEmpty()) {
            throw new IllegalArgumentException(first + " and " + second + ": have no answer");
        }
    }

    /**
     * One answer.
     *
     * @param participant by number, from 0
     * @param question by number, from 0
     * @param sign 1 for the first method, -1 for the second, 0 for the same
     */
    record Given(int participant, int question, int sign) {}

    /** The share of answers for the first. */
    Wilson firstShare() {
        return share(1);
    }

    /** The share of answers for the second. */
    Wilson secondShare() {
        return share(-1);
    }

    /** The share of answers that see no difference. */
    Wilson sameShare() {
        return share(0);
    }

    private Wilson share(int sign) {
        return Wilson.of((int) given.stream().filter(one -> one.sign() == sign).count(), given.size());
    }

    /**
     * The share for the first less that for the second; the interval is of samples of both participants and questions, whose answers
     * resemble each other. Source: Owen, The pigeonhole bootstrap (2007).
     */
    Bootstrap difference() {
        int participants = 1 + given.stream().mapToInt(Given::participant).max().orElseThrow();
        int questions = 1 + given.stream().mapToInt(Given::question).max().orElseThrow();
        double all = given.stream().mapToInt(Given::sign).average().orElseThrow();
        return Bootstrap.of(all, random -> {
            while (true) {
                double drawn = resampled(drawn(participants, random), drawn(questions, random));
                if (!Double.isNaN(drawn)) { // where not all answered all, a sample can hold no answer
                    return drawn;
                }
            }
        });
    }

    private double resampled(int[] participants, int[] questions) {
        long sum = 0;
        long count = 0;
        for (Given one : given) {
            int times = participants[one.participant()] * questions[one.question()];
            sum += (long) times * one.sign();
            count += times;
        }
        return count == 0 ? Double.NaN : (double) sum / count;
    }

    /** How often each is in a sample of as many. */
    private static int[] drawn(int length, SplittableRandom random) {
        int[] times = new int[length];
        for (int i = 0; i < length; i++) {
            times[random.nextInt(length)]++;
        }
        return times;
    }
}
