package io.bottleneck4j.core.sampling;

import static io.bottleneck4j.core.sampling.Forward.FULL;
import static io.bottleneck4j.core.sampling.Forward.SKIPPED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.cache.DpCache;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ChangeOverTest {
    private static final LatentShape SHAPE = new LatentShape(1, 1, 2, 2);

    /** Ten steps at 1, 0.9, .., 0.1, of which the first four are the first network's. */
    private static final ResolutionStage STAGE = new ResolutionStage(
                    SHAPE, 10, 1, new Shift.Constant(1), Rounding.IMG2IMG)
            .withChangeOver(new ChangeOver(0.65));

    @Test
    void isBefore_comparesInFloat32() {
        ChangeOver change = new ChangeOver(0.875);
        assertThat(change.isBefore(0.875)).isTrue();
        assertThat(change.isBefore(0.875 - 1e-12)).isTrue();
        assertThat(change.isBefore(0.8749)).isFalse();
        assertThat(ChangeOver.NONE.isBefore(1e-9)).isTrue();
    }

    @Test
    void work_ofARhythm_beginsAnew() {
        assertThat(STAGE.withCache(Caches.parse("reuse:first=1:every=3")).work())
                .containsExactly(FULL, SKIPPED, SKIPPED, FULL, FULL, SKIPPED, SKIPPED, FULL, SKIPPED, SKIPPED);
    }

    /** Steps are counted from the stage's start; that of the change is computed though it is not named. */
    @Test
    void work_ofNamedSteps_countsFromTheStagesStart() {
        assertThat(STAGE.withCache(Caches.parse("reuse:steps=0.2.8")).work())
                .containsExactly(FULL, SKIPPED, FULL, SKIPPED, FULL, SKIPPED, SKIPPED, SKIPPED, FULL, SKIPPED);
    }

    @Test
    void work_ofAStageOfOneNetwork_isAsEver() {
        ResolutionStage low = STAGE.withChangeOver(new ChangeOver(1.5)).withCache(Caches.parse("reuse:steps=0.2.8"));
        assertThat(low.work())
                .isEqualTo(STAGE.withChangeOver(ChangeOver.NONE)
                        .withCache(Caches.parse("reuse:steps=0.2.8"))
                        .work());
    }

    /** Each step's velocity is the level at which it was computed. */
    @Test
    void sample_predictsFromTheSameNetworkAlone() {
        List<Double> asked = new ArrayList<>();
        VelocityModel model = (x, sigma) -> {
            asked.add(sigma);
            return Latents.zeros(x.shape()).plus(sigma, ones());
        };
        List<Double> velocities = new ArrayList<>();
        StepCache.Run run =
                STAGE.withCache(Caches.parse("taylor:first=2:every=9")).start(model, STAGE.schedule());
        for (int i = 0; i < 10; i++) {
            double sigma = STAGE.schedule().sigma(i);
            velocities.add((double) run.velocity(ones(), sigma).values()[0]);
            assertThat(run.last()).isEqualTo(i < 2 || i == 4 || i == 5 ? FULL : SKIPPED);
        }
        assertThat(asked).hasSize(4);
        for (int i = 0; i < 10; i++) { // a line through the two computed of its own part
            assertThat(velocities.get(i)).isCloseTo(1 - i / 10.0, Offset.offset(1e-5));
        }
    }

    private static Latents ones() {
        return Latents.copyOf(SHAPE, new float[] {1, 1, 1, 1});
    }

    @Test
    void recorder_ofAStageThatChanges_isRefused() {
        StepCache recorder = new DpCache(10, 2).recorder(OverFeature.Feature.VELOCITY);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> STAGE.withCache(recorder))
                .withMessageContaining("changes over to the second transformer");
    }
}
