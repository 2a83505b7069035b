package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.Randoms;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Shift.Constant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiledVelocityTest {
    private static final int TILE = 8;

    private static ResolutionStage stage(int height, int width) {
        return new ResolutionStage(new LatentShape(2, 1, height, width), 3, 1, new Constant(1), Rounding.IMG2IMG);
    }

    /** What depends on each place alone is the same in tiles as whole. */
    @ParameterizedTest
    @CsvSource({"8, 10", "10, 8", "14, 20", "30, 6", "22, 64", "16, 16"})
    void velocity_ofAModelThatLooksAtOnePlace_isThatOfTheWhole(int height, int width) {
        VelocityModel model = (x, sigma) -> x.plus((float) sigma, x);
        Latents x = Randoms.gaussian(new LatentShape(3, 2, height, width), 1);
        List<LatentShape> seen = new ArrayList<>();
        VelocityModel tiled = new TiledVelocity(
                (part, sigma) -> {
                    seen.add(part.shape());
                    return model.velocity(part, sigma);
                },
                TILE);
        float[] whole = model.velocity(x, 0.5).values();
        float[] found = tiled.velocity(x, 0.5).values();
        for (int i = 0; i < whole.length; i++) {
            assertThat(found[i]).isCloseTo(whole[i], within(1e-5f));
        }
        assertThat(seen)
                .hasSize(TiledVelocity.count(x.shape(), TILE))
                .containsOnly(x.shape().within(TILE));
    }

    /** Each tile says its number: between two the numbers pass into each other, and never jump by more than a part. */
    @Test
    void velocity_betweenTiles_isBlended() {
        int[] count = {0};
        Latents row = new TiledVelocity(
                        (part, sigma) -> {
                            float[] values = new float[part.shape().elements()];
                            java.util.Arrays.fill(values, count[0]++);
                            return Latents.copyOf(part.shape(), values);
                        },
                        TILE)
                .velocity(Latents.zeros(new LatentShape(1, 1, 4, 14)), 1);
        float[] line = java.util.Arrays.copyOf(row.values(), 14);
        assertThat(line).containsExactly(0, 0, 0, 0, 0, 0, 0.25f, 0.75f, 1, 1, 1, 1, 1, 1);
    }

    @Test
    void count_isAsFewAsOverlapByAQuarter() {
        assertThat(TiledVelocity.count(new LatentShape(1, 1, 8, 8), TILE)).isEqualTo(1);
        assertThat(TiledVelocity.count(new LatentShape(1, 1, 8, 10), TILE)).isEqualTo(2);
        assertThat(TiledVelocity.count(new LatentShape(1, 1, 14, 16), TILE)).isEqualTo(2 * 3);
        assertThat(TiledVelocity.count(new LatentShape(1, 1, 256, 256), 128)).isEqualTo(9); // 2048 px of FLUX.1
    }

    @Test
    void sample_inTiles_showsTheModelTilesOnly() {
        ResolutionStage low = stage(8, 8).withTile(TILE);
        ResolutionStage high = stage(14, 20).withTile(TILE);
        assertThat(low).returns(1, ResolutionStage::tiles).isEqualTo(stage(8, 8));
        assertThat(high).returns(6, ResolutionStage::tiles).returns(new LatentShape(2, 1, 8, 8), ResolutionStage::seen);
        assertThat(high).hasToString("3 of 3 steps at [2, 1, 14, 20], 6 tiles of 8 cells");
        List<LatentShape> seen = new ArrayList<>();
        Latents made = new BottleneckSampler(new StagePlan(List.of(low, high)), Resamplers.LANCZOS, Randoms::gaussian)
                .sample(
                        (x, sigma) -> {
                            seen.add(x.shape());
                            return x;
                        },
                        SamplingListener.NONE);
        assertThat(made.shape()).isEqualTo(high.shape());
        assertThat(seen).hasSize(3 + 3 * 6).containsOnly(high.seen());
    }

    @Test
    void withTile_whatDoesNotGo_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> stage(16, 16).withTile(6))
                .withMessage("tile: 6 cells is not a positive multiple of 4; use 4");
        ResolutionStage cached = stage(16, 16).withCache(Caches.parse("toca"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cached.withTile(TILE))
                .withMessage(
                        "toca works inside the model, which sees this stage in 9 tiles; use one of the velocity, or none");
        assertThat(stage(16, 16)
                        .withTile(TILE)
                        .withCache(Caches.parse("taylor"))
                        .tiles())
                .isEqualTo(9);
        assertThat(cached.withTile(16)).isEqualTo(cached);
    }
}
