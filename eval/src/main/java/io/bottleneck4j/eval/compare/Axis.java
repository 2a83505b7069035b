package io.bottleneck4j.eval.compare;

import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.eval.document.Words;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** What is varied, one thing at a time, around a preset of a high, a low and a high stage. */
public enum Axis {
    /** Each part of the method left out, and five stages. Source: arXiv 2503.18940, Table 3 and Sec. 4.4; App. D.1. */
    TABLE3 {
        @Override
        List<Variation> all(ToDoubleFunction<PlanSpec> flops) {
            return List.of(Parts.NO_RESHIFT, Parts.NO_RENOISE, Parts.cascade(flops), Parts.FIVE_STAGES);
        }
    },

    /** The four resamplers. Source: arXiv 2503.18940, Table 7. */
    TABLE7 {
        @Override
        List<Variation> all(ToDoubleFunction<PlanSpec> flops) {
            return Stream.of(Resamplers.values())
                    .map(resampler -> new Variation(
                            resampler.toString(),
                            plan -> plan.withRules(plan.rules().with(resampler))))
                    .toList();
        }
    },

    /** The rules for a strength that makes no whole number of steps. */
    ROUNDING {
        @Override
        List<Variation> all(ToDoubleFunction<PlanSpec> flops) {
            return Stream.of(Rounding.values())
                    .map(rounding -> new Variation(
                            "rounding-" + rounding,
                            plan -> plan.withRules(plan.rules().with(rounding))))
                    .toList();
        }
    },

    /**
     * One shift s at all stages, from none to beyond the paper's 9. (Its Fig. 4 draws what s does to the levels, and compares no
     * pictures.)
     */
    SHIFT {
        @Override
        List<Variation> all(ToDoubleFunction<PlanSpec> flops) {
            return Stream.of(1, 2, 3, 6, 9, 12)
                    .map(s -> new Variation(
                            "shift-" + s,
                            plan -> mapped(plan, i -> stage(plan, i).withShift(s))))
                    .toList();
        }
    },

    /** The strength w of the low stage, then that of the last. */
    STRENGTH {
        @Override
        List<Variation> all(ToDoubleFunction<PlanSpec> flops) {
            return Stream.concat(
                            Stream.of(0.5, 0.65, 0.8, 0.95).map(w -> strength("low", 1, w)),
                            Stream.of(0.3, 0.45, 0.6, 0.75, 0.9).map(w -> strength("last", 2, w)))
                    .toList();
        }

        private Variation strength(String which, int stage, double w) {
            return new Variation(
                    which + "-strength-" + w,
                    plan -> mapped(plan, i -> i == stage ? stage(plan, i).withStrength(w) : stage(plan, i)));
        }
    },

    /** The level at which all stages but the last hand over their clean estimate. */
    UNTIL {
        @Override
        List<Variation> all(ToDoubleFunction<PlanSpec> flops) {
            return Stream.of(0.1, 0.2, 0.3, 0.5)
                    .map(until -> new Variation(
                            "until-" + until,
                            plan -> mapped(plan, i -> i < 2 ? stage(plan, i).withUntil(until) : stage(plan, i))))
                    .toList();
        }
    };

    abstract List<Variation> all(ToDoubleFunction<PlanSpec> flops);

    /**
     * The preset's variations, without those that leave it as it is.
     *
     * @param flops of plans on the model at hand
     * @throws IllegalArgumentException if the preset does not have three stages, a high, a low and a high one
     */
    public List<PlanSpec> variations(PlanSpec preset, ToDoubleFunction<PlanSpec> flops) {
        requireHighLowHigh(preset);
        return all(flops).stream()
                .map(variation -> variation.of(preset))
                .filter(varied -> !varied.withName(preset.name()).equals(preset))
                .toList();
    }

    private static void requireHighLowHigh(PlanSpec preset) {
        List<StageSpec> stages = preset.stages();
        if (stages.size() != 3
                || stages.get(0).width() != stages.get(2).width()
                || stages.get(1).width() >= stages.get(2).width()) {
            throw new IllegalArgumentException("plan: " + preset.name()
                    + " must have three stages to be varied, a high, a low and a high one; use --plan bottleneck");
        }
    }

    /**
     * The axis of a lower-case name, such as {@code table3}.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Axis parse(String name) {
        return Words.named("axis", values(), name);
    }

    /** The lower-case name, as {@link #parse} reads it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static StageSpec stage(PlanSpec plan, int index) {
        return plan.stages().get(index);
    }

    private static PlanSpec mapped(PlanSpec plan, IntFunction<StageSpec> stage) {
        List<StageSpec> stages = new ArrayList<>();
        for (int i = 0; i < plan.stages().size(); i++) {
            stages.add(stage.apply(i));
        }
        return plan.withStages(stages);
    }

    /** The rows of Table 3, and five stages. */
    static final class Parts {
        /** "w/o Scheduler Re-Shifting": every stage keeps the model's own shift. */
        static final Variation NO_RESHIFT =
                new Variation("no-reshift", plan -> plan.withRules(plan.rules().with(ShiftSource.MODEL)));

        /** "w/o Noise Reintroducing": the resized clean latents go on as they are. */
        static final Variation NO_RENOISE =
                new Variation("no-renoise", plan -> plan.withRules(plan.rules().with(HandOver.AS_IS)));

        /**
         * Five stages, high, low, lower, low, high: [1024, 512, 256, 512, 1024] in App. D.1. The paper gives the sizes alone. Here the
         * first and the last stage are the preset's; the low stages have its low stage's strength and shift and half its N, rounded up; the
         * lower one, smaller by the same factor once more (to a multiple of 16 px), has all of its N.
         */
        static final Variation FIVE_STAGES = new Variation("five-stages", plan -> {
            StageSpec low = stage(plan, 1);
            StageSpec half = low.withSteps((low.steps() + 1) / 2);
            StageSpec lower = low.withSize(
                    again(low.width(), stage(plan, 0).width()),
                    again(low.height(), stage(plan, 0).height()));
            return plan.withStages(List.of(stage(plan, 0), half, lower, half, stage(plan, 2)));
        });

        private static final int MULTIPLE = 16;

        private Parts() {}

        /**
         * "w/o Bottleneck Design": a cascade, low then high, "under the same acceleration ratio". The low stage starts from noise, so its
         * strength is 1; the last stage's N grows as far as the cost of the preset allows.
         */
        static Variation cascade(ToDoubleFunction<PlanSpec> flops) {
            return new Variation("cascade", plan -> {
                double limit = flops.applyAsDouble(plan);
                PlanSpec best = cascade(plan, stage(plan, 2).steps());
                for (int steps = stage(plan, 2).steps() + 1; ; steps++) {
                    PlanSpec longer = cascade(plan, steps);
                    if (flops.applyAsDouble(longer) > limit) {
                        return best;
                    }
                    best = longer;
                }
            });
        }

        private static PlanSpec cascade(PlanSpec plan, int steps) {
            return plan.withStages(
                    List.of(stage(plan, 1).withStrength(1), stage(plan, 2).withSteps(steps)));
        }

        private static int again(int low, int high) {
            return Math.max(MULTIPLE, Math.round((float) low * low / high / MULTIPLE) * MULTIPLE);
        }
    }

    /**
     * A named change of a plan.
     *
     * @param name of the changed plan
     * @param change what it does to the stages and rules
     */
    record Variation(String name, UnaryOperator<PlanSpec> change) {

        /** The changed plan, under this name. */
        PlanSpec of(PlanSpec preset) {
            return change.apply(preset).withName(name);
        }
    }
}
