package io.bottleneck4j.models.qwenimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.models.CacheSteps;
import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.mmdit.BoundVelocity;
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
class QwenImageFlopsTest {
    private static final QwenImageTransformer2DConfig TINY =
            new QwenImageTransformer2DConfig(8, 2, 8, 2, 10, List.of(2, 2, 4));
    private static final QwenImageTransformer2DConfig MEDIUM =
            new QwenImageTransformer2DConfig(16, 3, 64, 3, 48, List.of(16, 24, 24));

    @Test
    void flops_ofQwenImage_areTheSumByHand() {
        double d = 3072;
        double s = 83 * 83 + 512;
        double blocks = 60 * (24 * s * d * d + 4 * s * s * d);
        double beside = 2.0 * 83 * 83 * 64 * d * 2 // img_in and proj_out
                + 2.0 * 512 * 3584 * d // txt_in
                + 2 * (256 * d + d * d) // time_text_embed
                + 2 * d * d * (60 * 12 + 2); // img_mod, txt_mod and norm_out
        QwenImageFlops formula = new QwenImageFlops(QwenImageTransformer2DConfig.from(Records.nothing()), 512);
        LatentShape shape = new LatentShape(16, 1, 166, 166);
        assertThat(formula.flops(shape)).isCloseTo(blocks + beside, within(1e3));
        assertThat(formula.flops(shape)).isCloseTo(140.991e12, within(1e9));
    }

    @Test
    void new_withoutText_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new QwenImageFlops(TINY, 0))
                .withMessage("text tokens: must be at least 1, not 0");
    }

    @ParameterizedTest
    @CsvSource({"true, FLOAT32, 12, 14, 5", "true, BFLOAT16, 8, 16, 32", "false, FLOAT32, 20, 32, 40"})
    void flops_ofRunningModel_areThoseItIssues(boolean tiny, DType dtype, int height, int width, int text) {
        QwenImageTransformer2DConfig config = tiny ? TINY : MEDIUM;
        LatentShape shape = new LatentShape(config.latentChannels(), 1, height, width);
        try (Weights.Loaded<QwenImageTransformer2DModel> loaded = loaded(config, dtype)) {
            MatrixProducts issued = MatrixProducts.of(() -> {
                try (BoundVelocity model = bound(loaded.model(), text, List.of(0.5), dtype)) {
                    model.velocity(Latents.zeros(shape), 0.5);
                }
            });
            assertThat(issued.flops()).as(issued.toString()).isEqualTo(new QwenImageFlops(config, text).flops(shape));
        }
    }

    /** Each step of a stage with a cache multiplies as much less than a plain step as the formula says. */
    @ParameterizedTest
    @ValueSource(
            strings = {"taylor:feature=hidden", "firstblock:threshold=0.99", "taylor", "toca", "toca-paper", "duca"})
    void flops_ofStepsWithCache_areThoseTheyIssue(String name) {
        StepCache cache = Caches.parse(name);
        LatentShape shape = new LatentShape(4, 1, 12, 14);
        TimestepSchedule schedule = TimestepSchedule.shifted(9, new Shift.Constant(3), shape);
        QwenImageFlops formula = new QwenImageFlops(MEDIUM, 20);
        try (Weights.Loaded<QwenImageTransformer2DModel> loaded = loaded(MEDIUM, DType.FLOAT32);
                BoundVelocity plain = bound(loaded.model(), 20, schedule.sigmas(), DType.FLOAT32)) {
            CacheSteps.assertProducts(plain, cache, schedule, shape, formula);
        }
    }

    private static BoundVelocity bound(QwenImageTransformer2DModel model, int text, List<Double> sigmas, DType dtype) {
        try (Noise noise = Noise.seeded(2);
                Scope scope = Scope.open()) {
            return model.velocity(noise.randn(1, text, model.config().jointAttentionDim()), sigmas, dtype, Device.CPU);
        }
    }

    private static Weights.Loaded<QwenImageTransformer2DModel> loaded(
            QwenImageTransformer2DConfig config, DType dtype) {
        return Weights.load(
                "transformer",
                RandomWeights.of(w -> new QwenImageTransformer2DModel(config, w)),
                dtype,
                Device.CPU,
                w -> new QwenImageTransformer2DModel(config, w));
    }
}
