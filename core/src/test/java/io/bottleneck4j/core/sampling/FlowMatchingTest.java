package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.Randoms;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowMatchingTest {

    private static final LatentShape SHAPE = new LatentShape(1, 1, 1, 2);
    private static final Latents CLEAN = Latents.copyOf(SHAPE, new float[] {4, -8});
    private static final Latents NOISE = Latents.copyOf(SHAPE, new float[] {1, 1});

    @Test
    void addNoise_mixesByTheLevel() {
        assertThat(FlowMatching.addNoise(CLEAN, NOISE, 0.75).values()).containsExactly(1.75f, -1.25f);
    }

    @Test
    void addNoise_atTheEnds_givesNoiseOrClean() {
        Latents noise = Randoms.gaussian(new LatentShape(3, 1, 4, 5), 1);
        Latents zeros = Latents.zeros(noise.shape());
        assertThat(FlowMatching.addNoise(zeros, noise, 1)).isEqualTo(noise);
        assertThat(FlowMatching.addNoise(noise, zeros, 0)).isEqualTo(noise);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void addNoise_levelOutOfRange_isRefused(double sigma) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlowMatching.addNoise(CLEAN, NOISE, sigma))
                .withMessage("sigma: " + sigma + " is outside [0, 1]; use 1 for noise, 0 for clean");
    }

    @Test
    void addNoise_otherShape_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlowMatching.addNoise(CLEAN, Latents.zeros(new LatentShape(1, 1, 2, 1)), 0.5))
                .withMessageContaining("[1, 1, 2, 1] cannot be added to [1, 1, 1, 2]");
    }
}
