package io.bottleneck4j.eval.study;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.List;

/** What participants said of two methods under one aspect, with one for each answer, at least one. */
@JsonPropertyOrder({"aspect", "first", "second", "answers", "first_chosen", "second_chosen", "same", "first_less_second"
})
record Verdicts(
        Aspect aspect,
        String first,
        String second,
        @JsonIgnore List<Given> given) {

    Verdicts {
        given = List.copyOf(given);
        if (given.isEmpty()) {
            throw new IllegalArgumentException(first + " and " + second + ": have no answer");
        }
    }

    /**
     * One answer: participant and question by number, from 0, and 1 for the first method, -1 for the second, 0 for the
     * same.
     */
    record Given(int participant, int question, int sign) {}

    /** How many answers there are. */
    @JsonProperty
    int answers() {
        return given.size();
    }

    /** The share of answers for the first. */
    @JsonProperty("first_chosen")
    Wilson firstShare() {
        return share(1);
    }

    /** The share of answers for the second. */
    @JsonProperty("second_chosen")
    Wilson secondShare() {
        return share(-1);
    }

    /** The share of answers that see no difference. */
    @JsonProperty("same")
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
    @JsonProperty("first_less_second")
    Bootstrap difference() {
        int participants = 1 + given.stream().mapToInt(Given::participant).max().orElseThrow();
        int questions = 1 + given.stream().mapToInt(Given::question).max().orElseThrow();
        double all = given.stream().mapToInt(Given::sign).average().orElseThrow();
        return Bootstrap.of(all, random -> {
            while (true) {
                double drawn = resampled(Bootstrap.drawn(participants, random), Bootstrap.drawn(questions, random));
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

    /**
     * A share, and the shares that could have given it by chance: Wilson's score interval at 95 %, which is right also near 0 and 1. Source:
     * Wilson, Probable inference, the law of succession, and statistical inference (1927); written out, as commons-math would be 2 MB for it.
     */
    record Wilson(
            double share,
            @JsonIgnore double low,
            @JsonIgnore double high) {
        private static final double Z = 1.959963984540054;

        /** Both ends. */
        @JsonProperty("interval_95")
        List<Double> interval() {
            return List.of(low, high);
        }

        /** Of {@code count} among {@code of}, at least 1. */
        static Wilson of(int count, int of) {
            if (of < 1 || count < 0 || count > of) {
                throw new IllegalArgumentException("count: must be 0 to " + of + " of at least 1, not " + count);
            }
            double p = (double) count / of;
            double z2 = Z * Z;
            double middle = (p + z2 / (2 * of)) / (1 + z2 / of);
            double half = Z / (1 + z2 / of) * Math.sqrt(p * (1 - p) / of + z2 / (4.0 * of * of));
            return new Wilson(p, Math.max(0, middle - half), Math.min(1, middle + half));
        }
    }
}
