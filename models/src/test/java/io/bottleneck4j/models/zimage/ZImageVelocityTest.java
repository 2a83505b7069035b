package io.bottleneck4j.models.zimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bound transformer in a sampler: sizes that change, caches of steps, and what it holds. */
class ZImageVelocityTest {
    private static final LatentShape SHAPE = new LatentShape(4, 1, 12, 14); // 42 tokens, filled up to 64
    private static final LatentShape SMALL = new LatentShape(4, 1, 6, 8);
    private static final TimestepSchedule SCHEDULE = TimestepSchedule.shifted(6, new Shift.Constant(3), SHAPE);

    private final Weights.Loaded<ZImageTransformer2DModel> loaded = TinyZImage.random();

    @AfterEach
    void close() {
        loaded.close();
    }

    private BoundVelocity bound(int textTokens) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(7)) {
            Tensor states = noise.randn(1, textTokens, TinyZImage.CONFIG.capFeatDim());
            return loaded.model().velocity(states, SCHEDULE.sigmas(), DType.FLOAT32, Device.CPU);
        }
    }

    private static Latents noise(LatentShape shape) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(8)) {
            return Latents.copyOf(
                    shape,
                    noise.randn(shape.channels(), 1, shape.height(), shape.width())
                            .toFloats());
        }
    }

    @Test
    void velocity_ofTwoSizesInTurn_isThatOfEachAlone() {
        Latents expected;
        try (BoundVelocity alone = bound(5)) {
            expected = alone.velocity(noise(SHAPE), 1);
        }
        try (BoundVelocity model = bound(5)) {
            assertThat(model.velocity(noise(SMALL), SCHEDULE.sigma(1)).shape()).isEqualTo(SMALL);
            assertThat(model.velocity(noise(SHAPE), 1)).isEqualTo(expected);
        }
    }

    @Test
    void velocity_tenSteps_leavesNothingBehind() {
        long start = Libtorch.livePointers();
        try (BoundVelocity model = bound(5)) {
            Latents x = noise(SHAPE);
            model.velocity(x, 1); // the size's rotations stay
            long before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                model.velocity(x, SCHEDULE.sigma(i % 2));
            }
            assertThat(Libtorch.livePointers()).isEqualTo(before).isGreaterThan(start);
        }
        assertThat(Libtorch.livePointers()).isEqualTo(start);
    }

    /** What a full step says is what it says without a cache; other steps leave blocks out. */
    @ParameterizedTest
    @ValueSource(strings = {"taylor:feature=hidden:every=2", "firstblock:threshold=0.9", "taylor:every=2"})
    void cache_thatWorksForAnyBlocks_leavesStepsOut(String name) {
        StepCache cache = Caches.parse(name);
        try (BoundVelocity plain = bound(5);
                BoundVelocity model = bound(5)) {
            StepCache.Run run = cache.start(model, SCHEDULE);
            Latents x = noise(SHAPE);
            List<Forward> work = new ArrayList<>();
            for (int i = 0; i < SCHEDULE.steps(); i++) {
                double sigma = SCHEDULE.sigma(i);
                Latents expected = plain.velocity(x, sigma);
                float[] values = run.velocity(x, sigma).values();
                work.add(run.last());
                if (run.last() == Forward.FULL) {
                    assertThat(values).containsExactly(expected.values(), within(1e-5f));
                } else {
                    assertThat(values).isNotEqualTo(expected.values());
                }
            }
            assertThat(work).contains(Forward.FULL).containsAnyOf(Forward.PARTIAL, Forward.SKIPPED);
        }
    }

    @Test
    void firstBlockCache_thatIsNeverNear_computesEveryStep() {
        try (BoundVelocity plain = bound(5);
                BoundVelocity model = bound(5)) {
            StepCache.Run run = Caches.parse("firstblock:threshold=1e-9").start(model, SCHEDULE);
            for (int i = 0; i < SCHEDULE.steps(); i++) {
                Latents x = noise(SHAPE).times(1 + 0.1 * i);
                float[] expected = plain.velocity(x, SCHEDULE.sigma(i)).values();
                assertThat(run.velocity(x, SCHEDULE.sigma(i)).values()).containsExactly(expected, within(1e-5f));
                assertThat(run.last()).isEqualTo(Forward.FULL);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"toca", "toca-paper", "duca"})
    void cache_ofTokens_isRefusedByName(String name) {
        StepCache cache = Caches.parse(name);
        try (BoundVelocity model = bound(5)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> cache.start(model, SCHEDULE))
                    .withMessage("cache: " + cache + " knows blocks of two streams alone, as those of FLUX.1;"
                            + " use another cache, such as taylor or firstblock");
        }
    }

    /** Only in a smaller stage; there all image tokens hear the text louder, and no padding of the image is taken for text. */
    @Test
    void amplifyText_changesSmallerStagesAlone() {
        try (BoundVelocity plain = bound(5);
                BoundVelocity louder = bound(5)) {
            louder.amplifyText(1, SHAPE);
            assertThat(louder.velocity(noise(SHAPE), 1)).isEqualTo(plain.velocity(noise(SHAPE), 1));
            assertThat(louder.velocity(noise(SMALL), 1)).isNotEqualTo(plain.velocity(noise(SMALL), 1));
        }
    }

    @Test
    void velocity_beyondThePositions_isRefused() {
        try (BoundVelocity model = bound(5)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.velocity(Latents.zeros(new LatentShape(4, 1, 26, 8)), 1))
                    .withMessage("rows: must be at most 12, which axes_lens of the transformer's config.json says, not"
                            + " 13; use a smaller picture or a shorter text");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.velocity(Latents.zeros(new LatentShape(4, 1, 24, 22)), 1))
                    .withMessageStartingWith("columns: must be at most 10,");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bound(97))
                .withMessageStartingWith("positions of the text: must be at most 100,");
    }

    @Test
    void velocity_atUnboundSigma_isRefused() {
        try (BoundVelocity model = bound(5)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.velocity(noise(SHAPE), 0.123))
                    .withMessageStartingWith("sigma: 0.123 is none of the conditioning's 7 levels");
        }
    }
}
