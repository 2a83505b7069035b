package io.bottleneck4j.pipeline.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunerTest {
    private static final LatentShape HIGH = new LatentShape(16, 1, 128, 128);
    private static final LatentShape LOW = new LatentShape(16, 1, 64, 64);
    private static final double BASELINE = 50 * 74.385;
    private static final ToDoubleFunction<ResolutionStage> FLUX = Tuner.each(TunerTest::flux);
    private static final StagePlan PAPER = plan(Rounding.IMG2IMG, 6, 20, 8);

    @ParameterizedTest
    @ValueSource(doubles = {1, 1.5, 2, 2.5, 3, 5, 10, 20})
    void tune_toSpeedUp_wastesLessThanOneForward(double speedUp) {
        Tuner.Tuned tuned = new Tuner(PAPER, FLUX).tune(BASELINE / speedUp);
        assertThat(tuned.cost()).isEqualTo(cost(tuned.plan(), TunerTest::flux));
        assertThat(BASELINE / tuned.cost()).isGreaterThanOrEqualTo(speedUp);
        assertThat(BASELINE / speedUp - tuned.cost()).isLessThan(21.503);
    }

    @Test
    void tune_toThePresetsOwnCost_isThePreset() {
        Tuner.Tuned tuned = new Tuner(PAPER, FLUX).tune(cost(PAPER, TunerTest::flux));
        assertThat(tuned.plan()).isEqualTo(PAPER);
        assertThat(tuned.displaced()).isZero();
    }

    @Test
    void tune_ofOneStage_isTheStepCut() {
        StagePlan baseline = StagePlan.single(HIGH, 50, new Shift.Constant(3));
        for (int half : new int[] {2, 5, 10}) { // 50 divides by each without a rest
            Tuner.Tuned tuned = new Tuner(baseline, Tuner.each(shape -> 0.1)).tune(5.0 / half);
            assertThat(tuned.plan().forwards()).isEqualTo(50 / half);
        }
    }

    @Test
    void tune_keepsSizesStrengthsShiftsAndRounding() {
        StagePlan preset = plan(Rounding.FLOOR, 8, 32, 17);
        StagePlan tuned = new Tuner(preset, FLUX).tune(BASELINE / 4).plan();
        for (int i = 0; i < 3; i++) {
            ResolutionStage was = preset.stages().get(i);
            ResolutionStage is = tuned.stages().get(i);
            assertThat(is)
                    .isEqualTo(
                            new ResolutionStage(was.shape(), is.steps(), was.strength(), was.shift(), was.rounding()));
        }
    }

    /** 19 steps too run 16 at a strength of .8, but start at .842 of the way. */
    @Test
    void tune_ofStepsThatRunTheSame_takesThoseNearestToTheStrength() {
        assertThat(new ResolutionStage(LOW, 19, 0.8, new Shift.Constant(6), Rounding.IMG2IMG).forwards())
                .isEqualTo(16);
        assertThat(new Tuner(PAPER, FLUX)
                        .tune(cost(PAPER, TunerTest::flux))
                        .plan()
                        .stages()
                        .get(1)
                        .steps())
                .isEqualTo(20);
    }

    @Test
    void tune_beyondReach_isRefused() {
        Tuner tuner = new Tuner(PAPER, FLUX);
        assertThat(tuner.cheapest()).isCloseTo(2 * 74.385 + 21.503, within(1e-9));
        assertThat(tuner.dearest()).isCloseTo((100 + 60) * 74.385 + 80 * 21.503, within(1e-9));
        assertThat(tuner.tune(tuner.cheapest()).plan().forwards()).isEqualTo(3);
        assertThat(tuner.tune(tuner.dearest()).plan().forwards()).isEqualTo(240);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tuner.tune(170))
                .withMessage("budget: must be between " + tuner.cheapest() + " and " + tuner.dearest() + ", not 170.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tuner.tune(20_000))
                .withMessageEndingWith(" and " + tuner.dearest() + ", not 20000.0");
        assertThatIllegalArgumentException().isThrownBy(() -> tuner.tune(Double.NaN));
    }

    @Test
    void new_withoutPrice_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tuner(PAPER, Tuner.each(shape -> Double.NaN)))
                .withMessage("price: must be a finite number above 0, not NaN");
    }

    /** Such a cache's skipped steps run the model's last layers, which cost something. */
    @ParameterizedTest
    @ValueSource(strings = {"taylor:feature=hidden:every=4", "taylor:feature=hidden", "reuse", "firstblock"})
    void tune_withCache_meetsTheLimitByThePrintedCount(String cache) {
        ForwardCost cost = new ForwardCost() {
            @Override
            public double flops(LatentShape shape) {
                return flux(shape);
            }

            @Override
            public double partial(LatentShape shape, StepCache of) {
                return 0.1 * flux(shape);
            }
        };
        StagePlan preset = new StagePlan(
                PAPER.stages().stream()
                        .map(stage -> stage.withCache(Caches.parse(cache)))
                        .toList(),
                PAPER.handOver());
        Tuner tuner = new Tuner(preset, Tuner.flops(cost));
        for (double speedUp = 1; speedUp <= 16; speedUp += 0.25) {
            double limit = BASELINE / speedUp;
            Tuner.Tuned tuned = tuner.tune(limit);
            double printed = PlanCost.of(tuned.plan(), cost).flops();
            assertThat(printed).isLessThanOrEqualTo(limit * (1 + 1e-9));
            assertThat(tuned.cost()).isCloseTo(printed, within(1e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"taylor:steps=0.1.5", "reuse:steps=0", "taylor:feature=hidden:steps=0.1"})
    void new_withListedSteps_isRefusedUnsearched(String cache) {
        List<ResolutionStage> stages = new ArrayList<>(PAPER.stages());
        stages.set(1, stages.get(1).withCache(Caches.parse(cache)));
        StagePlan preset = new StagePlan(stages, PAPER.handOver());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tuner(preset, stage -> 1))
                .withMessage(
                        "cache: " + Caches.parse(cache) + " computes these steps however many a stage has, so there"
                                + " is nothing to tune; use every= instead");
    }

    @Test
    void mostSteps_isAHundredOrTwiceThePresets() {
        assertThat(new Tuner(PAPER, FLUX).mostSteps()).isEqualTo(100);
        assertThat(new Tuner(plan(Rounding.FLOOR, 6, 80, 8), FLUX).mostSteps()).isEqualTo(160);
    }

    @Tag("slow")
    @Test
    void tune_ofManyStages_endsOrSaysWhyNot() {
        StagePlan five = stages(List.of(HIGH, LOW, HIGH, LOW, HIGH), 6);
        assertThat(new Tuner(five, FLUX).tune(BASELINE / 2).plan().stages()).hasSize(5);
        List<LatentShape> twelve = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            twelve.add(i % 2 == 0 ? HIGH : LOW);
        }
        Tuner tuner = new Tuner(stages(twelve, 6), FLUX);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tuner.tune(tuner.dearest() / 2))
                .withMessage(
                        "stages: 12 stages of up to 100 steps make more than 100,000,000 combinations; tune a plan of fewer"
                                + " stages, or for a smaller budget");
    }

    /** Every plan there is, weighed by the rules as they are written, without a shortcut. */
    @Test
    void tune_ofRandomCases_equalsBruteForce() {
        Random random = new Random(4);
        for (int i = 0; i < 300; i++) {
            int most = 3 + random.nextInt(8);
            int count = 1 + random.nextInt(3);
            List<ResolutionStage> stages = new ArrayList<>();
            for (int k = 0; k < count; k++) {
                double strength = k == 0 ? 1 : 0.3 + 0.7 * random.nextDouble();
                stages.add(new ResolutionStage(
                        k == 1 ? LOW : HIGH,
                        4 + random.nextInt(10),
                        strength,
                        new Shift.Constant(1 + 8 * random.nextDouble()),
                        random.nextBoolean() ? Rounding.FLOOR : Rounding.IMG2IMG,
                        random.nextBoolean() ? 0 : 0.3 * random.nextDouble()));
            }
            StagePlan preset = new StagePlan(stages, random.nextBoolean() ? HandOver.RENOISE : HandOver.AS_IS);
            double low = random.nextBoolean() ? 0.25 : 0.2 + random.nextDouble();
            ToDoubleFunction<LatentShape> price = shape -> shape.equals(HIGH) ? 1 : low;
            Tuner tuner = new Tuner(preset, Tuner.each(price), most);
            double budget = tuner.cheapest() + random.nextDouble() * (tuner.dearest() - tuner.cheapest());
            budget = random.nextBoolean() ? Math.max(tuner.cheapest(), Math.rint(budget)) : budget;
            if (budget > tuner.dearest()) {
                continue;
            }
            Tuner.Tuned tuned = tuner.tune(budget);
            List<Mixture> all = new ArrayList<>();
            all(preset, most, price, List.of(), 0, all);
            assertThat(tuned.plan().handOver()).isEqualTo(preset.handOver());
            assertThat(forwards(tuned.plan()))
                    .as("case %s: %s within %s", i, preset, budget)
                    .isEqualTo(best(preset, all, budget).forwards());
            for (int k = 0; k < count; k++) {
                assertNearestStart(preset.stages().get(k), tuned.plan().stages().get(k), most);
            }
        }
    }

    /** Forwards by stage, and what they cost. */
    private record Mixture(List<Integer> forwards, double cost) {
        long sum() {
            return forwards.stream().mapToInt(Integer::intValue).sum();
        }
    }

    private static void all(
            StagePlan preset,
            int most,
            ToDoubleFunction<LatentShape> price,
            List<Integer> begun,
            double spent,
            List<Mixture> into) {
        if (begun.size() == preset.stages().size()) {
            into.add(new Mixture(begun, spent));
            return;
        }
        ResolutionStage stage = preset.stages().get(begun.size());
        variants(stage, most).stream()
                .map(ResolutionStage::forwards)
                .distinct()
                .sorted()
                .forEach(forwards -> {
                    List<Integer> more = new ArrayList<>(begun);
                    more.add(forwards);
                    all(preset, most, price, more, spent + price.applyAsDouble(stage.shape()) * forwards, into);
                });
    }

    /** The stage with every number of steps that runs any. */
    private static List<ResolutionStage> variants(ResolutionStage stage, int most) {
        List<ResolutionStage> variants = new ArrayList<>();
        for (int n = 1; n <= most; n++) {
            try {
                variants.add(new ResolutionStage(
                        stage.shape(), n, stage.strength(), stage.shift(), stage.rounding(), stage.until()));
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("step");
            }
        }
        return variants;
    }

    private static Mixture best(StagePlan preset, List<Mixture> all, double budget) {
        double limit = budget * (1 + 1e-9);
        List<Mixture> fitting = all.stream().filter(it -> it.cost() <= limit).toList();
        @Nullable Mixture best = null;
        for (Mixture mixture : fitting) {
            boolean wasteful = fitting.stream().anyMatch(other -> isMoreInOneStage(other, mixture));
            if (!wasteful && (best == null || isBetter(preset, mixture, best))) {
                best = mixture;
            }
        }
        if (best == null) {
            throw new AssertionError("none fits " + budget);
        }
        return best;
    }

    private static boolean isMoreInOneStage(Mixture more, Mixture less) {
        int differing = 0;
        for (int i = 0; i < less.forwards().size(); i++) {
            differing += more.forwards().get(i).equals(less.forwards().get(i)) ? 0 : 1;
        }
        return differing == 1 && more.sum() > less.sum();
    }

    private static boolean isBetter(StagePlan preset, Mixture mixture, Mixture than) {
        BigInteger[] a = displaced(preset, mixture);
        BigInteger[] b = displaced(preset, than);
        int order = a[0].multiply(b[1]).compareTo(b[0].multiply(a[1]));
        return order < 0 || (order == 0 && mixture.cost() > than.cost());
    }

    /** Sum over stages of |share - the preset's share|, as a fraction. */
    private static BigInteger[] displaced(StagePlan preset, Mixture mixture) {
        BigInteger sum = BigInteger.ZERO;
        BigInteger all = BigInteger.valueOf(mixture.sum());
        BigInteger presets = BigInteger.valueOf(preset.forwards());
        for (int i = 0; i < preset.stages().size(); i++) {
            BigInteger is = BigInteger.valueOf(mixture.forwards().get(i)).multiply(presets);
            BigInteger was =
                    BigInteger.valueOf(preset.stages().get(i).forwards()).multiply(all);
            sum = sum.add(is.subtract(was).abs());
        }
        return new BigInteger[] {sum, all.multiply(presets)};
    }

    private static void assertNearestStart(ResolutionStage preset, ResolutionStage is, int most) {
        double wanted = preset.shift().apply(preset.strength(), preset.shape());
        double distance = Math.abs(is.schedule().sigma(0) - wanted);
        for (ResolutionStage other : variants(preset, most)) {
            if (other.forwards() == is.forwards()) {
                assertThat(distance)
                        .isLessThanOrEqualTo(Math.abs(other.schedule().sigma(0) - wanted));
            }
        }
    }

    /** FLUX.1-dev at 1024 and 512 pixels, in T. */
    private static double flux(LatentShape shape) {
        return shape.equals(HIGH) ? 74.385 : 21.503;
    }

    private static double cost(StagePlan plan, ToDoubleFunction<LatentShape> price) {
        double sum = 0;
        for (ResolutionStage stage : plan.stages()) {
            sum += price.applyAsDouble(stage.shape()) * stage.forwards();
        }
        return sum;
    }

    private static List<Integer> forwards(StagePlan plan) {
        return plan.stages().stream().map(ResolutionStage::forwards).toList();
    }

    private static StagePlan plan(Rounding rounding, int n1, int n2, int n3) {
        return StagePlan.bottleneck(
                new ResolutionStage(HIGH, n1, 1, new Shift.Constant(9), rounding),
                new ResolutionStage(LOW, n2, 0.8, new Shift.Constant(6), rounding),
                new ResolutionStage(HIGH, n3, 0.6, new Shift.Constant(9), rounding));
    }

    private static StagePlan stages(List<LatentShape> shapes, int steps) {
        List<ResolutionStage> stages = new ArrayList<>();
        for (LatentShape shape : shapes) {
            stages.add(new ResolutionStage(
                    shape, steps, stages.isEmpty() ? 1 : 0.8, new Shift.Constant(6), Rounding.IMG2IMG));
        }
        return new StagePlan(stages);
    }
}
