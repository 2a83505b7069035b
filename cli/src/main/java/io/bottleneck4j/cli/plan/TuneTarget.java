package io.bottleneck4j.cli.plan;

import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.FlopFormat;
import io.bottleneck4j.pipeline.cost.Tuner;
import io.bottleneck4j.pipeline.plan.Plan;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a plan is tuned to: one of three. */
public final class TuneTarget {
    private static final Pattern COUNT = Pattern.compile("([0-9.]+(?:[eE][+-]?[0-9]+)?) ?([kMGTP]?)");

    @Option(names = "--speedup", required = true, paramLabel = "X")
    public @Nullable Double speedup;

    @Option(names = "--max-seconds", required = true, paramLabel = "S")
    public @Nullable Double maxSeconds;

    @Option(names = "--max-flops", required = true, paramLabel = "F")
    public @Nullable String maxFlops;

    /** FLOPs of {@code --max-flops}; refuses what is no number of them. */
    public static double flops(String text) {
        Matcher matcher = COUNT.matcher(text.strip());
        if (matcher.matches()) {
            try {
                return Double.parseDouble(matcher.group(1)) * unit(matcher.group(2));
            } catch (NumberFormatException e) {
                // told below
            }
        }
        throw new IllegalArgumentException(
                "max-flops: must be a number, alone or in k, M, G, T or P, such as 1200T or 1.2e15, not '" + text
                        + "'");
    }

    private static double unit(String letter) {
        return letter.isEmpty() ? 1 : Math.pow(1000, 1 + "kMGTP".indexOf(letter));
    }

    /** What a speed-up is counted in. */
    enum Measure {
        FLOPS,
        TIME
    }

    /**
     * What a plan may cost, for the tuner.
     *
     * @param option that asks for it
     * @param asked its value, as the user gave it
     * @param budget of all forwards
     * @param price of a stage, in the budget's unit
     * @param value the option's value that a cost answers to, for messages
     * @param unit behind that value
     */
    record Goal(
            String option,
            String asked,
            double budget,
            ToDoubleFunction<ResolutionStage> price,
            DoubleUnaryOperator value,
            String unit) {
        /** Refuses a budget that no plan makes use of, naming what can be reached. */
        void requireReached(Tuner tuner, String plan) {
            if (tuner.reaches(budget)) {
                return;
            }
            double cheapest = value.applyAsDouble(tuner.cheapest());
            double dearest = value.applyAsDouble(tuner.dearest());
            throw new IllegalArgumentException(option + ": must be between "
                    + text(Math.min(cheapest, dearest), RoundingMode.CEILING) + " and "
                    + text(Math.max(cheapest, dearest), RoundingMode.FLOOR) + " for plan " + plan
                    + " (from as few forwards as its stages can run to " + tuner.mostSteps() + " steps each), not "
                    + asked);
        }

        /** Four digits, rounded so that the value itself can be asked for. */
        private String text(double number, RoundingMode rounding) {
            return new BigDecimal(number).round(new MathContext(4, rounding)).toPlainString() + unit;
        }
    }

    /** The target as the tuner takes it; refuses what is no number above 0, or needs times that are not there. */
    Goal goal(@Nullable Measure by, Model model, PlanEstimate preset, Calibration times) {
        if (by != null && speedup == null) {
            throw new IllegalArgumentException("by: only --speedup takes --by; leave it out");
        }
        if (maxFlops != null) {
            double flops = requirePositive("max-flops", flops(maxFlops));
            FlopFormat.Unit unit = FlopFormat.fitting(flops).unit();
            return new Goal(
                    "max-flops",
                    maxFlops,
                    flops,
                    Tuner.flops(model.forwardCost()),
                    cost -> cost / unit.flops(),
                    unit.toString());
        }
        if (maxSeconds != null) {
            double seconds = requirePositive("max-seconds", maxSeconds);
            ToDoubleFunction<ResolutionStage> price = price(model, preset.plan(), times, "max-seconds");
            return new Goal("max-seconds", plain(seconds), seconds, price, DoubleUnaryOperator.identity(), "");
        }
        double factor = requirePositive("speedup", speedup == null ? Double.NaN : speedup);
        ToDoubleFunction<ResolutionStage> price =
                by == Measure.TIME ? price(model, preset.plan(), times, "by time") : Tuner.flops(model.forwardCost());
        double baseline =
                preset.baseline().stages().stages().stream().mapToDouble(price).sum();
        return new Goal("speedup", plain(factor), baseline / factor, price, cost -> baseline / cost, "");
    }

    private static double requirePositive(String option, double value) {
        Bounds.positive(option, value);
        return value;
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }

    /** Seconds of a stage's forwards; the baseline's size is the plan's last. */
    private static ToDoubleFunction<ResolutionStage> price(Model model, Plan plan, Calibration times, String option) {
        if (times.seconds(plan.stages()).isEmpty()) {
            throw new IllegalArgumentException(option + ": " + model.name()
                    + " was not timed here at all sizes of plan " + plan.name()
                    + "; time it first: bottleneck4j plan --calibrate with the same model, plan and size");
        }
        return Tuner.each(shape -> times.seconds(shape).orElseThrow());
    }
}
