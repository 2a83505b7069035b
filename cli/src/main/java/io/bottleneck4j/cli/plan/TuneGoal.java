package io.bottleneck4j.cli.plan;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.pipeline.cost.Tuner;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * A target as the tuner takes it.
 *
 * @param option that asks for it
 * @param asked its value, as the user gave it
 * @param budget what the plan may cost
 * @param price of one forward, in the budget's unit
 * @param value the option's value that a cost answers to, for messages
 */
record TuneGoal(
        String option, String asked, double budget, ToDoubleFunction<LatentShape> price, DoubleFunction<Bound> value) {

    /** An option's value, and how it is written. */
    record Bound(double number, String unit) {
        private String atLeast() {
            return text(RoundingMode.CEILING);
        }

        private String atMost() {
            return text(RoundingMode.FLOOR);
        }

        /** Four digits, rounded so that the value itself can be asked for. */
        private String text(RoundingMode rounding) {
            return new BigDecimal(number).round(new MathContext(4, rounding)).toPlainString() + unit;
        }
    }

    /**
     * Does nothing if some plan makes use of the budget.
     *
     * @throws IllegalArgumentException naming what can be reached
     */
    void requireReached(Tuner tuner, String plan) {
        if (tuner.reaches(budget)) {
            return;
        }
        Bound cheapest = value.apply(tuner.cheapest());
        Bound dearest = value.apply(tuner.dearest());
        boolean rising = cheapest.number() <= dearest.number();
        Bound least = rising ? cheapest : dearest;
        Bound most = rising ? dearest : cheapest;
        throw new IllegalArgumentException(option + ": must be between " + least.atLeast() + " and " + most.atMost()
                + " for plan " + plan + " (from as few forwards as its stages can run to " + tuner.mostSteps()
                + " steps each), not " + asked);
    }
}
