package io.bottleneck4j.pipeline.cost;

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
import io.bottleneck4j.models.CacheSteps;
import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.wan.WanFlops;
import io.bottleneck4j.models.wan.WanTransformer3DConfig;
import io.bottleneck4j.models.wan.WanTransformer3DModel;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.MatrixProducts;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The formula against a sum by hand, and the products the Java model really issues. */
class WanFlopsTest {
    private static final WanTransformer3DConfig TINY =
            new WanTransformer3DConfig(2, 12, 4, 10, 40, 2, true, 1e-6, 1024);

    @Test
    void flops_ofWan14B_areTheSumByHand() {
        double d = 5120;
        double s = 21 * 45 * 80;
        double block = 2 * s * d * d * 6 // of both attentions, but keys and values of the text
                + 4 * s * s * d
                + 2 * 512 * d * d * 2
                + 4 * s * 512 * d
                + 2 * s * d * 13824 * 2;
        double beside = 2 * s * 64 * d * 2 // patch_embedding and proj_out
                + 2 * 512 * (4096 * d + d * d) // text_embedder
                + 2 * (256 * d + d * d + 6 * d * d); // time_embedder and time_proj
        WanFlops formula = new WanFlops(WanTransformer3DConfig.from(Records.nothing()), 512);
        assertThat(formula.flops(new LatentShape(16, 21, 90, 160))).isCloseTo(40 * block + beside, within(1e6));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32, 3, 4, 6, 7", "BFLOAT16, 1, 8, 6, 5", "FLOAT32, 1, 2, 2, 1"})
    void flops_ofRunningModel_areThoseItIssues(DType dtype, int frames, int height, int width, int text) {
        LatentShape shape = new LatentShape(4, frames, height, width);
        try (Weights.Loaded<WanTransformer3DModel> loaded = loaded(dtype);
                Noise noise = Noise.seeded(2);
                Scope scope = Scope.open()) {
            MatrixProducts issued = MatrixProducts.of(() -> {
                try (BoundVelocity model =
                        loaded.model().velocity(noise.randn(1, text, 10), List.of(0.5), dtype, Device.CPU)) {
                    model.velocity(Latents.zeros(shape), 0.5);
                }
            });
            assertThat(issued.flops()).as(issued.toString()).isEqualTo(new WanFlops(TINY, text).flops(shape));
        }
    }

    /** Each step of a stage with a cache multiplies as much less than a plain step as the formula says. */
    @ParameterizedTest
    @ValueSource(strings = {"taylor:feature=hidden", "firstblock:threshold=0.99", "taylor"})
    void flops_ofStepsWithCache_areThoseTheyIssue(String name) {
        LatentShape shape = new LatentShape(4, 2, 8, 6);
        TimestepSchedule schedule = TimestepSchedule.shifted(9, new Shift.Constant(3), shape);
        try (Weights.Loaded<WanTransformer3DModel> loaded = loaded(DType.FLOAT32);
                Noise noise = Noise.seeded(2);
                Scope scope = Scope.open();
                BoundVelocity plain =
                        loaded.model().velocity(noise.randn(1, 7, 10), schedule.sigmas(), DType.FLOAT32, Device.CPU)) {
            CacheSteps.assertProducts(plain, Caches.parse(name), schedule, shape, new WanFlops(TINY, 7));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> plain.amplifyText(1, shape))
                    .withMessageContaining("amplify: makes text louder among the tokens that attend to each other");
        }
    }

    private static Weights.Loaded<WanTransformer3DModel> loaded(DType dtype) {
        return Weights.load(
                "transformer",
                RandomWeights.of(w -> new WanTransformer3DModel(TINY, w)),
                dtype,
                Device.CPU,
                w -> new WanTransformer3DModel(TINY, w));
    }

    @Test
    void wrongArguments_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WanFlops(TINY, 0))
                .withMessage("text tokens: must be at least 1, not 0");
        StepCache cache = Caches.parse("toca");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WanFlops(TINY, 5).flops(new LatentShape(4, 1, 8, 8), cache, Forward.PARTIAL))
                .withMessage("cache: " + cache
                        + " is not for Wan, whose blocks have other products; use taylor or firstblock");
    }
}
