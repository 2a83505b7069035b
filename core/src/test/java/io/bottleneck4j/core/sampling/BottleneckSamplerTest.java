package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.Golden;
import io.bottleneck4j.core.Randoms;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.core.latent.NoiseSource;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Shift.Constant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class BottleneckSamplerTest {

    private static final LatentShape HIGH = new LatentShape(2, 1, 8, 10);
    private static final LatentShape LOW = HIGH.withSize(5, 6);
    private static final StagePlan PLAN = StagePlan.bottleneck(
            new ResolutionStage(HIGH, 6, 1, new Constant(9), Rounding.IMG2IMG),
            new ResolutionStage(LOW, 20, 0.8, new Constant(6), Rounding.IMG2IMG),
            new ResolutionStage(HIGH, 8, 0.6, new Constant(9), Rounding.IMG2IMG));
    private static final NoiseSource NOISE = Randoms::gaussian;
    private static final BottleneckSampler SAMPLER = new BottleneckSampler(PLAN, Resamplers.LANCZOS, NOISE);

    /** The velocity of latents on the straight way to a known end: x - clean = sigma * (noise - clean). */
    private static Latents towards(Latents clean, Latents x, double sigma) {
        return x.plus(-1, clean).times(1 / sigma);
    }

    private static Latents target(LatentShape shape) {
        return Randoms.gaussian(shape, 99);
    }

    private static Latents filled(LatentShape shape, float value) {
        float[] values = new float[shape.elements()];
        Arrays.fill(values, value);
        return Latents.copyOf(shape, values);
    }

    @Test
    void sample_exactFlow_arrivesAtItsEnd() {
        Latents clean = SAMPLER.sample((x, sigma) -> towards(target(x.shape()), x, sigma), SamplingListener.NONE);
        assertThat(Randoms.distance(clean, target(HIGH))).isLessThan(1e-6);
    }

    @Test
    void sample_toyModel_equalsTorchAndPillow() {
        Golden golden = Golden.open("bottleneck-run.bin");
        List<LatentShape> shapes = List.of(HIGH, LOW, HIGH);
        List<Latents> noises = shapes.stream().map(golden::next).toList();
        List<Latents> starts = shapes.stream().map(golden::next).toList();
        Latents expected = golden.next(HIGH);
        assertThat(golden.remaining()).isZero();

        List<Latents> inputs = new ArrayList<>();
        Latents clean = new BottleneckSampler(PLAN, Resamplers.LANCZOS, (shape, stage) -> noises.get(stage))
                .sample(
                        (x, sigma) -> {
                            inputs.add(x);
                            return x.times(sigma).plus(-0.5, filled(x.shape(), 1));
                        },
                        SamplingListener.NONE);

        assertThat(Randoms.distance(inputs.get(0), starts.get(0))).isZero();
        assertThat(Randoms.distance(inputs.get(6), starts.get(1))).isLessThan(1e-6);
        assertThat(Randoms.distance(inputs.get(22), starts.get(2))).isLessThan(1e-6);
        assertThat(Randoms.distance(clean, expected)).isLessThan(1e-6);
    }

    @Test
    void sample_betweenStages_resizesCleanLatentsAndNoisesThemToTheShiftedLevel() {
        List<Latents> inputs = new ArrayList<>();
        List<Double> sigmas = new ArrayList<>();
        SAMPLER.sample(
                (x, sigma) -> {
                    inputs.add(x);
                    sigmas.add(sigma);
                    return Latents.zeros(x.shape()); // then clean latents are the stage's first input
                },
                SamplingListener.NONE);

        assertThat(inputs).hasSize(PLAN.forwards());
        Latents first = NOISE.standardNormal(HIGH, 0);
        assertThat(inputs.get(0)).isEqualTo(first);
        double tau = PLAN.stages().get(1).schedule().sigma(0);
        assertThat(sigmas.get(6)).isEqualTo(tau);
        Latents resized = Resamplers.LANCZOS.resize(first, LOW);
        assertThat(inputs.get(6)).isEqualTo(resized.times(1 - tau).plus(tau, NOISE.standardNormal(LOW, 1)));
    }

    @Test
    void sample_handOverAsIs_givesTheResizedLatentsToTheModelUnchanged() {
        StagePlan plan = new StagePlan(PLAN.stages(), HandOver.AS_IS);
        List<Latents> inputs = new ArrayList<>();
        List<Double> sigmas = new ArrayList<>();
        List<Integer> draws = new ArrayList<>();
        NoiseSource noise = (shape, stage) -> {
            draws.add(stage);
            return NOISE.standardNormal(shape, stage);
        };
        new BottleneckSampler(plan, Resamplers.LANCZOS, noise)
                .sample(
                        (x, sigma) -> {
                            inputs.add(x);
                            sigmas.add(sigma);
                            return Latents.zeros(x.shape());
                        },
                        SamplingListener.NONE);

        Latents first = NOISE.standardNormal(HIGH, 0);
        assertThat(inputs.get(0)).isEqualTo(first);
        assertThat(inputs.get(6)).isEqualTo(Resamplers.LANCZOS.resize(first, LOW));
        assertThat(sigmas.get(6)).isEqualTo(plan.stages().get(1).schedule().sigma(0));
        assertThat(draws).containsExactly(0);
    }

    @Test
    void sample_stageWithUntil_handsOverTheGuessOfItsLastForward() {
        ResolutionStage cut = new ResolutionStage(HIGH, 6, 1, new Constant(9), Rounding.IMG2IMG, 0.85);
        StagePlan plan = new StagePlan(List.of(cut, PLAN.stages().get(1)));
        List<Step> steps = new ArrayList<>();
        List<Latents> inputs = new ArrayList<>();
        VelocityModel model = (x, sigma) -> {
            inputs.add(x);
            return x.times(0.3).plus(sigma, filled(x.shape(), 0.2f));
        };
        new BottleneckSampler(plan, Resamplers.LANCZOS, NOISE).sample(model, steps::add);

        Step last = steps.get(3);
        assertThat(last.sigma()).isEqualTo(0.9, within(1e-9));
        assertThat(last.next()).isZero();
        Latents guess = inputs.get(3).plus(-last.sigma(), model.velocity(inputs.get(3), last.sigma()));
        assertThat(last.clean()).isEqualTo(guess);
        double tau = plan.stages().get(1).schedule().sigma(0);
        assertThat(inputs.get(4))
                .isEqualTo(
                        Resamplers.LANCZOS.resize(guess, LOW).times(1 - tau).plus(tau, NOISE.standardNormal(LOW, 1)));
    }

    @Test
    void sample_untilZero_isTodaysBitForBit() {
        VelocityModel model = (x, sigma) -> x.times(0.3).plus(sigma, filled(x.shape(), 0.2f));
        List<ResolutionStage> stages = PLAN.stages().stream()
                .map(s -> new ResolutionStage(s.shape(), s.steps(), s.strength(), s.shift(), s.rounding(), 0))
                .toList();
        assertThat(new BottleneckSampler(new StagePlan(stages), Resamplers.LANCZOS, NOISE)
                        .sample(model, SamplingListener.NONE))
                .isEqualTo(SAMPLER.sample(model, SamplingListener.NONE));
    }

    @Test
    void sample_singleStage_returnsItsLastXBitForBit() {
        List<Step> steps = new ArrayList<>();
        Latents clean = new BottleneckSampler(StagePlan.single(HIGH, 7, new Constant(3)), Resamplers.LANCZOS, NOISE)
                .sample((x, sigma) -> x.times(0.3).plus(sigma, filled(x.shape(), 0.2f)), steps::add);

        Step last = steps.get(steps.size() - 1);
        assertThat(last.next()).isZero();
        assertThat(clean).isEqualTo(last.x()).isEqualTo(last.clean());
    }

    @Test
    void sample_twice_givesTheSameLatents() {
        VelocityModel model = (x, sigma) -> x.times(sigma);
        assertThat(SAMPLER.sample(model, SamplingListener.NONE))
                .isEqualTo(SAMPLER.sample(model, SamplingListener.NONE));
    }

    @Test
    void sample_drawsNoiseOncePerStageInOrder() {
        List<String> draws = new ArrayList<>();
        NoiseSource noise = (shape, stage) -> {
            draws.add(stage + " " + shape);
            return Randoms.gaussian(shape, stage);
        };
        new BottleneckSampler(PLAN, Resamplers.NEAREST, noise).sample((x, sigma) -> x, SamplingListener.NONE);
        assertThat(draws).containsExactly("0 [2, 1, 8, 10]", "1 [2, 1, 5, 6]", "2 [2, 1, 8, 10]");
    }

    @Test
    void sample_tellsOfEveryStageAndStep() {
        List<String> events = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        SAMPLER.sample((x, sigma) -> x, new SamplingListener() {
            @Override
            public void onStage(Position first) {
                events.add(first.toString());
                assertThat(first.stepsBefore()).isEqualTo(steps.size());
            }

            @Override
            public void onStep(Step step) {
                assertThat(step.at().stepsBefore()).isEqualTo(steps.size());
                assertThat(step.x().shape()).isEqualTo(step.at().resolution().shape());
                steps.add(step);
            }
        });

        assertThat(events)
                .containsExactly(
                        "stage 1 of 3 ([2, 1, 8, 10]), step 1 of 6",
                        "stage 2 of 3 ([2, 1, 5, 6]), step 1 of 16",
                        "stage 3 of 3 ([2, 1, 8, 10]), step 1 of 5");
        assertThat(steps).hasSize(PLAN.forwards());
        for (int k = 0; k < 3; k++) {
            TimestepSchedule schedule = PLAN.stages().get(k).schedule();
            for (int i = 0; i < schedule.steps(); i++) {
                Step step = steps.remove(0);
                assertThat(step.at()).isEqualTo(new Position(PLAN, k, i));
                assertThat(step.sigma()).isEqualTo(schedule.sigma(i));
                assertThat(step.next()).isEqualTo(schedule.sigma(i + 1));
            }
        }
    }

    @Test
    void sample_listenerCancels_runsNoFurtherForward() {
        List<Double> forwards = new ArrayList<>();
        VelocityModel model = (x, sigma) -> {
            forwards.add(sigma);
            return x;
        };
        SamplingListener afterEight = step -> {
            if (step.at().stepsBefore() == 7) {
                throw new CancellationException("stopped");
            }
        };
        assertThatThrownBy(() -> SAMPLER.sample(model, afterEight))
                .isInstanceOf(CancellationException.class)
                .hasMessage("stopped");
        assertThat(forwards).hasSize(8);
    }

    @Test
    void sample_velocityNotFinite_namesStageAndStep() {
        int[] calls = {0};
        VelocityModel model = (x, sigma) -> ++calls[0] == 10 ? filled(x.shape(), Float.NaN) : x;
        NonFiniteLatentsException e = catchThrowableOfType(
                NonFiniteLatentsException.class, () -> SAMPLER.sample(model, SamplingListener.NONE));
        assertThat(e)
                .hasMessage("velocity: NaN or infinity at stage 2 of 3 ([2, 1, 5, 6]), step 4 of 16; "
                        + "use another dtype than float16, which overflows: bfloat16 or float32; where it is one of them,"
                        + " the model's weights are damaged: fetch them again");
        assertThat(e.stage()).isEqualTo(1);
        assertThat(e.step()).isEqualTo(3);
        assertThat(calls[0]).isEqualTo(10);
    }

    @Test
    void sample_latentsOverflow_namesThem() {
        VelocityModel model = (x, sigma) -> x.times(-1e25);
        List<Step> steps = new ArrayList<>();
        assertThatThrownBy(() -> SAMPLER.sample(model, steps::add))
                .isInstanceOf(NonFiniteLatentsException.class)
                .hasMessageStartingWith("velocity: NaN or infinity at stage 1 of 3");
        VelocityModel huge = (x, sigma) -> filled(x.shape(), sigma > 0.99 ? -3e38f : -3.3e38f);
        NoiseSource large = (shape, stage) -> filled(shape, 3.4e38f);
        assertThatThrownBy(() -> new BottleneckSampler(PLAN, Resamplers.LANCZOS, large).sample(huge, steps::add))
                .isInstanceOf(NonFiniteLatentsException.class)
                .hasMessageStartingWith("latents: NaN or infinity at stage 1 of 3 ([2, 1, 8, 10]), step 1 of 6;");
    }

    @Test
    void sample_velocityOfAnotherShape_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SAMPLER.sample((x, sigma) -> Latents.zeros(LOW), SamplingListener.NONE))
                .withMessage("latents: [2, 1, 5, 6] cannot be added to [2, 1, 8, 10]; "
                        + "resize one to the shape of the other");
    }

    @Test
    void sample_noiseOrResamplerOfAnotherShape_isRefused() {
        BottleneckSampler noise = new BottleneckSampler(PLAN, Resamplers.LANCZOS, (shape, stage) -> target(HIGH));
        assertThatIllegalArgumentException().isThrownBy(() -> noise.sample((x, sigma) -> x, SamplingListener.NONE));
        BottleneckSampler resampler = new BottleneckSampler(PLAN, (x, shape) -> x, NOISE);
        assertThatIllegalArgumentException().isThrownBy(() -> resampler.sample((x, sigma) -> x, SamplingListener.NONE));
    }

    @Test
    void sample_fromCleanLatents_resizesAndNoisesThemToTheFirstLevel() {
        StagePlan left = PLAN.startingAt(0.7);
        Latents given = target(HIGH);
        List<Latents> inputs = new ArrayList<>();
        new BottleneckSampler(left, Resamplers.LANCZOS, NOISE)
                .sample(
                        (x, sigma) -> {
                            inputs.add(x);
                            return x;
                        },
                        new Given(given, null),
                        SamplingListener.NONE);
        double sigma = 6 * 0.7 / (1 + 5 * 0.7);
        assertThat(left.first().schedule().sigma(0)).isCloseTo(sigma, within(1e-12));
        Latents expected = FlowMatching.addNoise(
                Resamplers.LANCZOS.resize(given, LOW),
                Randoms.gaussian(LOW, 0),
                left.first().schedule().sigma(0));
        assertThat(inputs.get(0)).isEqualTo(expected);
        assertThat(inputs).hasSize(14 + 5);
    }

    /** What may not change is, at each step, the given latents with the stage's noise at the level reached, and itself at the end. */
    @Test
    void sample_withMask_putsBackWhatIsKeptAfterEveryStep() {
        Mask mask = Mask.of(8, 10, i -> i % 10 < 5);
        Latents given = target(HIGH);
        List<Step> steps = new ArrayList<>();
        Latents clean = new BottleneckSampler(PLAN.startingAt(0.7), Resamplers.LANCZOS, NOISE)
                .sample((x, sigma) -> x.times(0.3), new Given(given, mask), steps::add);
        assertThat(mask.choose(Latents.zeros(HIGH), clean)).isEqualTo(mask.choose(Latents.zeros(HIGH), given));
        assertThat(Randoms.distance(clean, given)).isGreaterThan(0.1);
        for (Step step : steps) {
            LatentShape shape = step.at().resolution().shape();
            Mask own = mask.resized(shape.height(), shape.width());
            Latents kept = FlowMatching.addNoise(
                    Resamplers.LANCZOS.resize(given, shape),
                    Randoms.gaussian(shape, step.at().stage()),
                    step.next());
            assertThat(own.choose(Latents.zeros(shape), step.x())).isEqualTo(own.choose(Latents.zeros(shape), kept));
        }
    }

    @Test
    void sample_ofAPlanThatStartsClean_needsLatents() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BottleneckSampler(PLAN.startingAt(0.5), Resamplers.LANCZOS, NOISE)
                        .sample((x, sigma) -> x, SamplingListener.NONE))
                .withMessageStartingWith("plan: starts at sigma 0.9 from clean latents, and none are given");
    }
}
