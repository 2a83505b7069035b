package io.bottleneck4j.core.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.Randoms;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.BottleneckSampler;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.core.sampling.VelocityModel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepCacheTest {
    private static final LatentShape HIGH = new LatentShape(2, 1, 8, 10);
    private static final LatentShape LOW = HIGH.withSize(4, 6);

    private static ResolutionStage stage(LatentShape shape, int steps, String cache) {
        return new ResolutionStage(shape, steps, 1, new Shift.Constant(3), Rounding.IMG2IMG)
                .withCache(Caches.parse(cache));
    }

    private static String letters(List<Forward> forwards) {
        return forwards.stream()
                .map(forward -> forward.name().substring(0, 1))
                .collect(Collectors.joining())
                .replace('O', '?');
    }

    /** A model whose velocity bends a little with sigma. */
    private static Latents bending(Latents x, double sigma) {
        return x.times(0.4 + sigma * sigma).plus(0.1 * sigma, Randoms.gaussian(x.shape(), 5));
    }

    @ParameterizedTest
    @CsvSource({
        "none, 5, FFFFF",
        "reuse, 7, FSFSFSF",
        "taylor, 9, FFSSFSSFS",
        "taylor, 1, F",
        "taylor:every=2, 6, FFSFSF",
        "freqca, 9, FFFSSFSSF",
        "linear:steps=0.1.6, 8, FFSSSSFS",
        "easycache, 9, FFFFF???F",
        "easycache, 6, FFFFFF",
        "firstblock, 4, F???",
        "toca, 12, FFFPPPFPPPFP",
        "toca-paper, 6, FFFPFP",
        "duca, 13, FFFPSPSFPSPSF"
    })
    void forwards_ofCaches_areAsTheirRulesHaveThem(String cache, int steps, String letters) {
        assertThat(letters(Caches.parse(cache).forwards(steps))).isEqualTo(letters);
    }

    @Test
    void stage_countsWhatAsksTheModel() {
        ResolutionStage stage = stage(HIGH, 9, "taylor");
        assertThat(stage.executedSteps()).isEqualTo(9);
        assertThat(stage.forwards()).isEqualTo(4);
        StagePlan plan = new StagePlan(List.of(stage, stage(LOW, 12, "toca"), stage(HIGH, 9, "easycache")));
        assertThat(plan.executedSteps()).isEqualTo(30);
        assertThat(plan.forwards()).isEqualTo(4 + 12 + 9);
        assertThat(plan.work()).hasSize(30);
    }

    @Test
    void stage_tooShortForTheListOfSteps_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> stage(HIGH, 6, "reuse:steps=0.1.6"))
                .withMessage(
                        "steps: 0.1.6 computes step 6, but the stage runs 6, 0 to 5; give another list for this stage");
        assertThat(stage(HIGH, 7, "reuse:steps=0.1.6").forwards()).isEqualTo(3);
    }

    /** With all steps computed a cache changes nothing, to the last bit. */
    @ParameterizedTest
    @ValueSource(strings = {"taylor:first=9", "easycache:first=9", "reuse:steps=0.1.2.3.4.5.6.7.8", "freqca:first=9"})
    void sample_nothingSkipped_givesTheSameBits(String cache) {
        assertThat(sampled(cache)).isEqualTo(sampled("none"));
    }

    private static Latents sampled(String cache) {
        StagePlan plan = new StagePlan(List.of(stage(HIGH, 9, cache), stage(LOW, 9, cache)));
        return new BottleneckSampler(plan, Resamplers.LANCZOS, Randoms::gaussian)
                .sample(StepCacheTest::bending, SamplingListener.NONE);
    }

    /** The model is asked for each computed step and for no other, and steps say which they were. */
    @Test
    void sample_asksTheModelInComputedStepsOnly_andAnewInEachStage() {
        StagePlan plan =
                new StagePlan(List.of(stage(HIGH, 6, "taylor"), stage(LOW, 5, "reuse"), stage(HIGH, 4, "none")));
        List<Double> asked = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        new BottleneckSampler(plan, Resamplers.LANCZOS, Randoms::gaussian)
                .sample(
                        (x, sigma) -> {
                            asked.add(sigma);
                            return bending(x, sigma);
                        },
                        steps::add);
        assertThat(letters(steps.stream().map(Step::forward).toList())).isEqualTo("FFSSFS" + "FSFSF" + "FFFF");
        assertThat(asked)
                .isEqualTo(steps.stream()
                        .filter(step -> step.forward() == Forward.FULL)
                        .map(Step::sigma)
                        .toList());
    }

    /** A velocity that is a straight line in sigma is predicted exactly by linear, and by taylor where steps are equally long. */
    @Test
    void linear_straightVelocity_isExact() {
        Latents a = Randoms.gaussian(HIGH, 1);
        Latents b = Randoms.gaussian(HIGH, 2);
        VelocityModel straight = (x, sigma) -> a.plus(sigma, b);
        for (Shift shift : List.of(new Shift.None(), new Shift.Constant(6))) {
            TimestepSchedule schedule = TimestepSchedule.shifted(10, shift, HIGH);
            StepCache.Run linear = Caches.parse("linear:every=4").start(straight, schedule);
            StepCache.Run taylor = Caches.parse("taylor:every=4").start(straight, schedule);
            double worst = 0;
            for (int i = 0; i < 10; i++) {
                Latents exact = straight.velocity(a, schedule.sigma(i));
                assertThat(Randoms.distance(linear.velocity(a, schedule.sigma(i)), exact))
                        .isLessThan(2e-6);
                worst = Math.max(worst, Randoms.distance(taylor.velocity(a, schedule.sigma(i)), exact));
            }
            if (shift instanceof Shift.None) {
                assertThat(worst).isLessThan(2e-6);
            } else {
                assertThat(worst).isGreaterThan(0.01);
            }
        }
    }

    /** Its rule by hand: rate 0.5, each step moves the input by 0.01 of 0.2, so that the third skipped step would be too many. */
    @Test
    void easyCache_skipsUntilTheForetoldChangeReachesTheThreshold() {
        LatentShape one = new LatentShape(1, 1, 1, 1);
        List<Integer> asked = new ArrayList<>();
        int[] step = {0};
        VelocityModel model = (x, sigma) -> {
            asked.add(step[0]);
            return x.times(0.5);
        };
        StepCache.Run run = Caches.parse("easycache:threshold=0.06:first=2")
                .start(model, TimestepSchedule.shifted(9, new Shift.None(), one));
        List<Float> velocities = new ArrayList<>();
        for (; step[0] < 9; step[0]++) {
            float x = 0.4f + 0.01f * step[0];
            velocities.add(
                    run.velocity(Latents.copyOf(one, new float[] {x}), 0.5).get(0));
        }
        // v = x / 2, so k = 0.5; after step 1 each step adds 0.5 · 0.01 / 0.205 = 0.0244: 0.024, 0.049, then 0.073.
        assertThat(asked).containsExactly(0, 1, 4, 7, 8);
        assertThat(velocities.get(2))
                .isCloseTo(0.42f + (0.205f - 0.41f), org.assertj.core.api.Assertions.within(1e-6f));
        assertThat(velocities.get(3))
                .isCloseTo(0.43f + (0.205f - 0.41f), org.assertj.core.api.Assertions.within(1e-6f));
    }

    @ParameterizedTest
    @ValueSource(strings = {"toca", "duca", "firstblock", "taylor:feature=hidden"})
    void start_insideAPlainModel_isRefused(String cache) {
        BottleneckSampler sampler = new BottleneckSampler(
                new StagePlan(List.of(stage(HIGH, 6, cache))), Resamplers.LANCZOS, Randoms::gaussian);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sampler.sample(StepCacheTest::bending, SamplingListener.NONE))
                .withMessageStartingWith(
                        "cache: " + cache + " works inside a model's blocks, and this model shows its velocity only");
    }

    /** 4,608 joint tokens of FLUX.1 at 1024 px: 737 in the first single-stream block's MLP. */
    @Test
    void tokenCache_computesFewerTokensInLaterBlocks() {
        TokenCache toca = (TokenCache) Caches.parse("toca");
        assertThat(toca.fresh(4608, 0, true)).isEqualTo(1105); // 0.1 · 1.5 · 1.6
        assertThat(toca.fresh(4608, 27, true)).isEqualTo(368); // 0.1 · 0.5 · 1.6
        assertThat(toca.fresh(4096, 0, false)).isEqualTo(245); // 0.1 · 1.5 · 0.4
        assertThat(toca.fresh(8, 18, false)).isZero();
        assertThat(((TokenCache) Caches.parse("toca:fresh=1")).fresh(4608, 0, true))
                .isEqualTo(4608);
    }
}
