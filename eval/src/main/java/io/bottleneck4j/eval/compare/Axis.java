package io.bottleneck4j.eval.compare;

import io.bottleneck4j.core.cache.Caches;
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
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What is varied, one thing at a time, around a preset of a high, a low and a high stage. */
public enum Axis {
    /** Each part of the method left out, and five stages. Source: arXiv 2503.18940, Table 3 and Sec. 4.4; App. D.1. */
    TABLE3((plan, flops) -> Stream.of(
            // "w/o Scheduler Re-Shifting": every stage keeps the model's own shift
            plan.withRules(plan.rules().with(ShiftSource.MODEL)).withName("no-reshift"),
            // "w/o Noise Reintroducing": the resized clean latents go on as they are
            plan.withRules(plan.rules().with(HandOver.AS_IS)).withName("no-renoise"),
            cascade(plan, flops).withName("cascade"),
            fiveStages(plan).withName("five-stages"))),

    /** The four resamplers. Source: arXiv 2503.18940, Table 7. */
    TABLE7((plan, flops) -> Stream.of(Resamplers.values())
            .map(resampler -> plan.withRules(plan.rules().with(resampler)).withName(resampler.toString()))),

    /** The rules for a strength that makes no whole number of steps. */
    ROUNDING((plan, flops) -> Stream.of(Rounding.values())
            .map(rounding -> plan.withRules(plan.rules().with(rounding)).withName("rounding-" + rounding))),

    /**
     * One shift s at all stages, from none to beyond the paper's 9. (Its Fig. 4 draws what s does to the levels, and compares no
     * pictures.)
     */
    SHIFT((plan, flops) -> Stream.of(1, 2, 3, 6, 9, 12)
            .map(s -> mapped(plan, i -> stage(plan, i).withShift(s)).withName("shift-" + s))),

    /** The strength w of the low stage, then that of the last. */
    STRENGTH((plan, flops) -> Stream.concat(
            Stream.of(0.5, 0.65, 0.8, 0.95).map(w -> withStrength(plan, 1, w).withName("low-strength-" + w)),
            Stream.of(0.3, 0.45, 0.6, 0.75, 0.9)
                    .map(w -> withStrength(plan, 2, w).withName("last-strength-" + w)))),

    /** The level at which all stages but the last hand over their clean estimate. */
    UNTIL((plan, flops) -> Stream.of(0.1, 0.2, 0.3, 0.5)
            .map(until -> mapped(plan, i -> i < 2 ? stage(plan, i).withUntil(until) : stage(plan, i))
                    .withName("until-" + until))),

    /** Caches of steps, in all stages alike; all but dpcache, which needs a calibration. */
    CACHE((plan, flops) -> Stream.of(
                    "reuse",
                    "taylor",
                    "linear",
                    "linear:feature=hidden",
                    "freqca:feature=hidden",
                    "easycache:first=2",
                    "firstblock",
                    "toca",
                    "toca-paper",
                    "duca")
            .map(cache -> mapped(plan, i -> stage(plan, i).withCache(Caches.parse(cache)))
                    .withName(cache)));

    private static final int MULTIPLE = 16;

    @SuppressWarnings("ImmutableEnumChecker") // none holds anything
    private final BiFunction<PlanSpec, ToDoubleFunction<PlanSpec>, Stream<PlanSpec>> all;

    Axis(BiFunction<PlanSpec, ToDoubleFunction<PlanSpec>, Stream<PlanSpec>> all) {
        this.all = all;
    }

    /**
     * The preset's variations, without those that leave it as it is, by FLOPs of plans on the model at hand;
     * IllegalArgumentException if the preset does not have three stages, a high, a low and a high one.
     */
    public List<PlanSpec> variations(PlanSpec preset, ToDoubleFunction<PlanSpec> flops) {
        requireHighLowHigh(preset);
        return all.apply(preset, flops)
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

    /** The axis of a lower-case name, such as {@code table3}; IllegalArgumentException if there is none. */
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

    private static PlanSpec withStrength(PlanSpec plan, int stage, double w) {
        return mapped(plan, i -> i == stage ? stage(plan, i).withStrength(w) : stage(plan, i));
    }

    /**
     * Five stages, high, low, lower, low, high: [1024, 512, 256, 512, 1024] in App. D.1. The paper gives the sizes alone. Here the first and
     * the last stage are the preset's; the low stages have its low stage's strength and shift and half its N, rounded up; the lower one,
     * smaller by the same factor once more (to a multiple of 16 px), has all of its N.
     */
    private static PlanSpec fiveStages(PlanSpec plan) {
        StageSpec low = stage(plan, 1);
        StageSpec half = low.withSteps((low.steps() + 1) / 2);
        StageSpec lower = low.withSize(
                again(low.width(), stage(plan, 0).width()),
                again(low.height(), stage(plan, 0).height()));
        return plan.withStages(List.of(stage(plan, 0), half, lower, half, stage(plan, 2)));
    }

    private static int again(int low, int high) {
        return Math.max(MULTIPLE, Math.round((float) low * low / high / MULTIPLE) * MULTIPLE);
    }

    /**
     * "w/o Bottleneck Design": a cascade, low then high, "under the same acceleration ratio". The low stage starts from noise, so its
     * strength is 1; the last stage's N grows as far as the cost of the preset allows.
     */
    private static PlanSpec cascade(PlanSpec plan, ToDoubleFunction<PlanSpec> flops) {
        double limit = flops.applyAsDouble(plan);
        int steps = stage(plan, 2).steps();
        while (flops.applyAsDouble(cascade(plan, steps + 1)) <= limit) {
            steps++;
        }
        return cascade(plan, steps);
    }

    private static PlanSpec cascade(PlanSpec plan, int steps) {
        return plan.withStages(
                List.of(stage(plan, 1).withStrength(1), stage(plan, 2).withSteps(steps)));
    }
}
