package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.Golden;
import io.bottleneck4j.core.Randoms;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.core.latent.NoiseSource;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Shift.Constant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UniPcTest {

    private static final LatentShape SIX = new LatentShape(1, 1, 2, 3);
    private static final LatentShape HIGH = new LatentShape(2, 1, 8, 10);
    private static final float[] START = {-1.5f, -0.7f, -0.1f, 0.4f, 1.1f, 2.0f};

    private static List<String[]> golden(String kind) {
        return Golden.lines("unipc.txt").stream()
                .map(line -> line.split(" "))
                .filter(words -> words[0].equals(kind))
                .toList();
    }

    private static ResolutionStage stage(LatentShape shape, int steps, double shift, Solver solver) {
        return new ResolutionStage(shape, steps, 1, new Constant(shift), Rounding.IMG2IMG).withSolver(solver);
    }

    private static double[] numbers(String[] words, int from, int to) {
        return Arrays.stream(words, from, to).mapToDouble(Double::parseDouble).toArray();
    }

    private static UniPc solver(String[] words) {
        List<Integer> uncorrected = words[0].equals("run") && !words[5].equals("-")
                ? Arrays.stream(words[5].split("\\.")).map(Integer::valueOf).toList()
                : List.of();
        return new UniPc(
                Integer.parseInt(words[3]), UniPc.Type.valueOf(words[4].toUpperCase(Locale.ROOT)), uncorrected);
    }

    private static TimestepSchedule schedule(String[] words, Solver solver) {
        return stage(SIX, Integer.parseInt(words[2]), Double.parseDouble(words[1]), solver)
                .schedule();
    }

    @Test
    void golden_isWhole() {
        assertThat(golden("levels")).hasSize(15);
        assertThat(golden("weights")).hasSize(480);
        assertThat(golden("run")).hasSize(99);
    }

    /** The first is 1 here, of which diffusers takes a millionth away; the solver does so itself. */
    @Test
    void levels_equalDiffusersAsFloats_andTheTimestepsToo() {
        for (String[] words : golden("levels")) {
            assertLevels(words, schedule(words, UniPc.USUAL));
        }
        String[] stretched = golden("stretched").get(0);
        Shift ending = new Constant(3).endingAt(0.1);
        assertLevels(stretched, TimestepSchedule.shifted(6, UniPc.USUAL, ending, SIX));
    }

    private static void assertLevels(String[] words, TimestepSchedule schedule) {
        int bar = Arrays.asList(words).indexOf("|");
        double[] expected = numbers(words, 3, bar);
        assertThat(schedule.sigma(0)).isEqualTo(1);
        assertThat(schedule.sigmas()).hasSize(expected.length);
        for (int i = 1; i < expected.length; i++) {
            assertThat((float) schedule.sigma(i)).isEqualTo((float) expected[i]);
        }
        double[] timesteps = numbers(words, bar + 1, words.length);
        for (int i = 0; i < timesteps.length; i++) {
            assertThat(UniPc.USUAL.told(schedule.sigma(i)) * 1000).isEqualTo(timesteps[i], within(1e-9));
        }
    }

    @Test
    void weights_equalThoseOfBothUpdatesInFloat64() {
        for (String[] words : golden("weights")) {
            UniPc solver = solver(words);
            int step = Integer.parseInt(words[5]);
            TimestepSchedule schedule = schedule(words, solver);
            double[] expected = numbers(words, 7, words.length);
            UniPc.Weights weights = solver.weights(schedule, step, expected.length - 2, words[6].equals("correct"));
            assertThat(weights.x()).isEqualTo(expected[0], within(1e-12));
            assertThat(weights.next()).isEqualTo(expected[1], within(1e-9));
            for (int k = 0; k < weights.guesses().size(); k++) {
                assertThat(weights.guesses().get(k))
                        .as(String.join(" ", words))
                        .isEqualTo(expected[2 + k], within(1e-9));
            }
        }
    }

    /** As the script has it, which is told the timestep. */
    private static Latents wavy(Latents x, double sigma) {
        float[] v = x.values();
        for (int i = 0; i < v.length; i++) {
            v[i] = (float) (Math.sin(3 * (double) v[i]) * (0.5 + sigma) - 0.3 * (double) v[i]);
        }
        return Latents.copyOf(x.shape(), v);
    }

    @Test
    void sample_equalsDiffusersRuns() {
        for (String[] words : golden("run")) {
            int bar = Arrays.asList(words).indexOf("|");
            ResolutionStage stage = stage(SIX, Integer.parseInt(words[2]), Double.parseDouble(words[1]), solver(words));
            List<Latents> seen = new ArrayList<>();
            Latents clean = new BottleneckSampler(
                            new StagePlan(List.of(stage)),
                            Resamplers.LANCZOS,
                            (shape, number) -> Latents.copyOf(shape, START))
                    .sample(
                            (x, sigma) -> {
                                seen.add(x);
                                return wavy(x, sigma);
                            },
                            SamplingListener.NONE);
            assertClose(words, seen.get(seen.size() - 1), numbers(words, 6, bar));
            assertClose(words, clean, numbers(words, bar + 1, words.length));
        }
    }

    private static void assertClose(String[] words, Latents actual, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual.get(i)).as(String.join(" ", words)).isEqualTo(expected[i], within(5e-6));
        }
    }

    /** The velocity where clean values are normal with a deviation of 0.5, and the known end of its flow. */
    private static double variance(double sigma) {
        return sigma * sigma + 0.25 * (1 - sigma) * (1 - sigma);
    }

    private static Latents gaussian(Latents x, double sigma) {
        return x.times((sigma - 0.25 * (1 - sigma)) / variance(sigma));
    }

    /** Of a run from level 0.9 to 0.1. */
    private static double error(Solver solver, int steps) {
        TimestepSchedule schedule = new TimestepSchedule(IntStream.rangeClosed(0, steps)
                .mapToObj(i -> 0.9 - 0.8 * i / steps)
                .toList());
        Solver.Run run = solver.start(schedule);
        Latents x = Latents.copyOf(SIX, START);
        for (int i = 0; i < steps; i++) {
            Latents v = gaussian(x, schedule.sigma(i));
            x = run.next(x, v, x.plus(-schedule.sigma(i), v));
        }
        double exact = START[5] * Math.sqrt(variance(0.1) / variance(0.9));
        return Math.abs(x.get(5) - exact);
    }

    /** Twice the steps: Euler's error halves, and that of second order falls to a quarter or less. */
    @Test
    void error_fallsByTheOrder() {
        for (int steps : new int[] {8, 16, 32}) {
            assertThat(error(Solver.EULER, steps) / error(Solver.EULER, 2 * steps))
                    .as("Euler, %s steps", steps)
                    .isBetween(1.8, 2.2);
            assertThat(error(UniPc.USUAL, steps) / error(UniPc.USUAL, 2 * steps))
                    .as("UniPC, %s steps", steps)
                    .isGreaterThan(3.5);
        }
        assertThat(error(UniPc.USUAL, 32)).isLessThan(error(Solver.EULER, 32) / 10);
    }

    private static Latents towards(LatentShape shape, Latents x, double sigma) {
        return x.plus(-1, Randoms.gaussian(shape, 99)).times(1 / sigma);
    }

    /** Where the guess is right from the start every solver arrives, whatever it makes of it; so at any level in between. */
    @ParameterizedTest
    @EnumSource(UniPc.Type.class)
    void sample_exactFlow_staysOnItsLine(UniPc.Type type) {
        Solver solver = new UniPc(3, type, List.of());
        TimestepSchedule schedule = stage(HIGH, 12, 3, solver).schedule();
        Latents noise = Randoms.gaussian(HIGH, 1);
        Solver.Run run = solver.start(schedule);
        Latents x = noise;
        for (int i = 0; i < schedule.steps(); i++) {
            double sigma = i == 0 ? 1 - 1e-6 : schedule.sigma(i);
            Latents v = towards(HIGH, x, sigma);
            x = run.next(x, v, x.plus(-sigma, v));
            Latents line = FlowMatching.addNoise(Randoms.gaussian(HIGH, 99), noise, schedule.sigma(i + 1));
            assertThat(Randoms.distance(x, line)).isLessThan(1e-5);
        }
    }

    private static final StagePlan PLAN = new StagePlan(List.of(
            stage(HIGH, 4, 3, UniPc.USUAL),
            new ResolutionStage(HIGH.withSize(4, 6), 6, 0.8, new Constant(5), Rounding.IMG2IMG).withSolver(UniPc.USUAL),
            new ResolutionStage(HIGH, 5, 0.6, new Constant(3), Rounding.IMG2IMG).withSolver(UniPc.USUAL)));
    private static final NoiseSource NOISE = Randoms::gaussian;

    private static Latents sample(StagePlan plan, VelocityModel model, Given given, List<Step> steps) {
        return new BottleneckSampler(plan, Resamplers.LANCZOS, NOISE).sample(model, given, steps::add);
    }

    /** What a stage hands on is clean latents alone: the last stage makes the same of them by itself. */
    @Test
    void sample_ofStages_startsEachAnew() {
        List<Step> steps = new ArrayList<>();
        VelocityModel model = UniPcTest::wavy;
        Latents whole = new BottleneckSampler(PLAN, Resamplers.LANCZOS, NOISE).sample(model, steps::add);
        int before = PLAN.executedSteps() - PLAN.last().executedSteps();
        Latents handed = Resamplers.LANCZOS.resize(steps.get(before - 1).x(), HIGH);
        StagePlan last = new StagePlan(List.of(PLAN.last()), HandOver.RENOISE, true);
        Latents alone = new BottleneckSampler(last, Resamplers.LANCZOS, (shape, k) -> NOISE.standardNormal(shape, 2))
                .sample(model, new Given(handed, null), SamplingListener.NONE);
        assertThat(alone).isEqualTo(whole);
        assertThat(steps)
                .allSatisfy(step -> assertThat(step.next() > 0 || step.x().equals(step.clean()))
                        .isTrue());
    }

    @Test
    void sample_tellsTheModelThousandths_andPlansBeforehandWhich() {
        List<Double> told = new ArrayList<>();
        sample(
                PLAN,
                (x, sigma) -> {
                    told.add(sigma);
                    return wavy(x, sigma);
                },
                new Given(Latents.zeros(HIGH), null),
                new ArrayList<>());
        assertThat(told).allSatisfy(sigma -> assertThat(sigma * 1000).isEqualTo(Math.rint(sigma * 1000), within(1e-9)));
        assertThat(told.get(0)).isEqualTo(0.999);
        assertThat(told.stream().distinct()).containsExactlyElementsOf(PLAN.sigmas());
    }

    /** Values do not mix in a solver, so places that are put back change those alone that the model lets them change. */
    @Test
    void sample_withAMask_keepsItsPlaces_andSolvesTheOthersAsWithout() {
        Given given = new Given(Randoms.gaussian(HIGH, 5), Mask.of(8, 10, place -> place % 3 == 0));
        StagePlan plan = new StagePlan(List.of(PLAN.last().withSteps(9)), HandOver.RENOISE, true);
        List<Step> masked = new ArrayList<>();
        List<Step> free = new ArrayList<>();
        sample(plan, UniPcTest::wavy, given, masked);
        sample(plan, UniPcTest::wavy, new Given(given.clean(), null), free);
        for (int i = 0; i < masked.size(); i++) {
            Latents kept = FlowMatching.addNoise(
                    given.clean(), NOISE.standardNormal(HIGH, 0), masked.get(i).next());
            for (int at = 0; at < HIGH.elements(); at++) {
                Latents expected = at % 80 % 3 == 0 ? free.get(i).x() : kept;
                assertThat(masked.get(i).x().get(at)).isEqualTo(expected.get(at));
            }
        }
    }

    /** A stage that stops early jumps to its guess, and one that stays noisy ends at a level; both by as low an order as the last step. */
    @Test
    void sample_withUntil_endsWithTheGuess() {
        ResolutionStage cut =
                new ResolutionStage(HIGH, 10, 1, new Constant(3), Rounding.IMG2IMG, 0.6).withSolver(UniPc.USUAL);
        List<Step> steps = new ArrayList<>();
        Latents clean = new BottleneckSampler(new StagePlan(List.of(cut)), Resamplers.LANCZOS, NOISE)
                .sample(UniPcTest::wavy, steps::add);
        Step last = steps.get(steps.size() - 1);
        assertThat(last.sigma()).isGreaterThanOrEqualTo(0.6);
        assertThat(last.next()).isZero();
        assertThat(clean).isEqualTo(last.clean());
    }

    @Test
    void sample_handingOverNoisy_arrivesToo() {
        ResolutionStage low = new ResolutionStage(HIGH.withSize(4, 5), 10, 1, new Constant(3), Rounding.IMG2IMG, 0.6)
                .withSolver(UniPc.USUAL);
        StagePlan plan = new StagePlan(List.of(low, stage(HIGH, 8, 3, UniPc.USUAL)), HandOver.DCT);
        Latents clean = new BottleneckSampler(plan, Resamplers.LANCZOS, NOISE)
                .sample((x, sigma) -> towards(x.shape(), x, sigma), SamplingListener.NONE);
        assertThat(plan.first().schedule().sigma(plan.first().executedSteps())).isEqualTo(0.6);
        assertThat(Randoms.distance(clean, Randoms.gaussian(HIGH, 99))).isLessThan(0.01); // told thousandths
    }

    /** A velocity that does not change is what a cache of it makes of it, whichever steps it answers. */
    @ParameterizedTest
    @ValueSource(strings = {"reuse", "taylor", "linear", "freqca"})
    void sample_withACache_ofASteadyVelocity_isAsWithout(String cache) {
        ResolutionStage stage = stage(HIGH, 12, 3, UniPc.USUAL);
        VelocityModel steady = (x, sigma) -> Randoms.gaussian(x.shape(), 7);
        Latents without = new BottleneckSampler(new StagePlan(List.of(stage)), Resamplers.LANCZOS, NOISE)
                .sample(steady, SamplingListener.NONE);
        StagePlan cached = new StagePlan(List.of(stage.withCache(Caches.parse(cache))));
        List<Step> steps = new ArrayList<>();
        Latents with = new BottleneckSampler(cached, Resamplers.LANCZOS, NOISE).sample(steady, steps::add);
        assertThat(Randoms.distance(with, without)).isLessThan(1e-5);
        assertThat(steps).anySatisfy(step -> assertThat(step.forward()).isEqualTo(Forward.SKIPPED));
    }

    /** 100 steps of a shift of 12 tell the model the same thousandth twice; the line through the latest two still has a length. */
    @Test
    void sample_ofManySteps_withALineInSigma_staysFinite() {
        ResolutionStage stage = stage(HIGH, 100, 12, UniPc.USUAL).withCache(Caches.parse("linear"));
        StagePlan plan = new StagePlan(List.of(stage));
        assertThat(plan.sigmas().size()).isLessThan(100);
        Latents clean =
                new BottleneckSampler(plan, Resamplers.LANCZOS, NOISE).sample(UniPcTest::wavy, SamplingListener.NONE);
        assertThat(clean.allFinite()).isTrue();
    }

    @Test
    void sample_inTiles_isAsWhole_whereTheModelSeesEachCellAlone() {
        StagePlan tiled = new StagePlan(List.of(stage(HIGH, 6, 3, UniPc.USUAL).withTile(4)));
        StagePlan whole = new StagePlan(List.of(stage(HIGH, 6, 3, UniPc.USUAL)));
        Latents inTiles =
                new BottleneckSampler(tiled, Resamplers.LANCZOS, NOISE).sample(UniPcTest::wavy, SamplingListener.NONE);
        Latents expected =
                new BottleneckSampler(whole, Resamplers.LANCZOS, NOISE).sample(UniPcTest::wavy, SamplingListener.NONE);
        assertThat(Randoms.distance(inTiles, expected)).isLessThan(1e-4);
    }

    @ParameterizedTest
    @CsvSource({"0", "4"})
    void of_anOrderOutside_isRefused(int order) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UniPc(order, UniPc.Type.BH2, List.of()))
                .withMessage("solver_order: must be between 1 and 3, not " + order + "; 2 is usual");
    }

    /** Where the first levels are all as good as noise there is no way between them. */
    @Test
    void of_levelsThatAreOneAsFloats_isRefused() {
        assertThat(stage(HIGH, 6, 1e7, Solver.EULER).executedSteps()).isEqualTo(6);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> stage(HIGH, 6, 1e7, UniPc.USUAL))
                .withMessageStartingWith("sigmas: level 1 is 0.99999998")
                .withMessageEndingWith(
                        ", too near 1.0 before it for unipc; use fewer steps, a shift nearer 1 or euler");
    }

    @Test
    void of_aStepBelowZero_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UniPc(2, UniPc.Type.BH2, List.of(0, -1)))
                .withMessage("disable_corrector: must list steps from 0 on, not -1; leave it empty");
    }

    @Test
    void toString_isShort_whereAllIsUsual() {
        assertThat(stage(HIGH, 6, 3, UniPc.USUAL)).hasToString("6 of 6 steps at [2, 1, 8, 10], unipc");
        assertThat(new UniPc(3, UniPc.Type.BH1, List.of(0)))
                .hasToString("unipc of order 3, bh1, steps [0] not corrected");
        assertThat(Solver.EULER).hasToString("euler");
    }
}
