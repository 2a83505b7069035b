package io.bottleneck4j.models.hunyuan15;

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
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formula against a sum by hand, and the products the Java model really issues. */
class HunyuanVideo15FlopsTest {
    private static final HunyuanVideo15Config TINY =
            new HunyuanVideo15Config(4, 2, 8, 2, 1, 4, 1, 1, 10, 6, 5, 256, List.of(2, 2, 4), 640);
    /** Patches, and a feed-forward that is rounded down. */
    private static final HunyuanVideo15Config MEDIUM =
            new HunyuanVideo15Config(3, 3, 16, 3, 2, 2.7, 2, 1, 24, 6, 5, 256, List.of(4, 4, 8), 640);

    @Test
    void flops_ofThePublishedModel_areTheSumByHand() {
        double d = 2048;
        double text = 1000;
        double video = 31 * 45 * 80;
        double s = text + video;
        double blocks = 54 * (24 * s * d * d + 4 * s * s * d);
        double beside = 2 * (24 * text * d * d + 4 * text * text * d) // the refiner
                + 2 * text * 3584 * d
                + 2 * video * 65 * d
                + 2 * video * d * 32
                + 2 * (2 * (256 * d + d * d) + 3584 * d + d * d + 2 * 2 * d * d + 54 * 12 * d * d + 2 * d * d);
        HunyuanVideo15Flops formula = new HunyuanVideo15Flops(HunyuanVideo15Config.from(Records.nothing()), 1000);
        LatentShape shape = new LatentShape(32, 31, 45, 80);
        assertThat(formula.flops(shape)).isCloseTo(blocks + beside, within(1e5));
        assertThat(formula.flops(shape)).isCloseTo(6221.03e12, within(0.02e12));
    }

    @Test
    void new_withoutText_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HunyuanVideo15Flops(TINY, 0))
                .withMessage("text tokens: must be at least 1, not 0");
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"true, FLOAT32, 3, 6, 7, 5", "true, BFLOAT16, 1, 4, 8, 12", "false, FLOAT32, 2, 8, 6, 9"})
    void flops_ofRunningModel_areThoseItIssues(boolean tiny, DType dtype, int frames, int height, int width, int text) {
        HunyuanVideo15Config config = tiny ? TINY : MEDIUM;
        LatentShape shape = new LatentShape(config.outChannels(), frames, height, width);
        try (Weights.Loaded<HunyuanVideo15Transformer3DModel> loaded = loaded(config, dtype);
                Scope scope = Scope.open()) {
            MatrixProducts issued = MatrixProducts.of(() -> {
                try (BoundVelocity model = bound(loaded.model(), text, List.of(0.5), dtype)) {
                    model.velocity(Latents.zeros(shape), 0.5);
                }
            });
            assertThat(issued.flops())
                    .as(issued.toString())
                    .isEqualTo(new HunyuanVideo15Flops(config, text).flops(shape));
        }
    }

    /** Each step of a stage with a cache multiplies as much less than a plain step as the formula says. */
    @ParameterizedTest
    @CsvSource({
        "taylor:feature=hidden, true",
        "firstblock:threshold=0.99, false",
        "taylor, true",
        "toca, true",
        "duca, false"
    })
    void flops_ofStepsWithCache_areThoseTheyIssue(String name, boolean tiny) {
        StepCache cache = Caches.parse(name);
        HunyuanVideo15Config config = tiny ? TINY : MEDIUM;
        LatentShape shape = new LatentShape(config.outChannels(), 2, 8, 6);
        TimestepSchedule schedule = TimestepSchedule.shifted(9, new Shift.Constant(3), shape);
        HunyuanVideo15Flops formula = new HunyuanVideo15Flops(config, 20);
        try (Weights.Loaded<HunyuanVideo15Transformer3DModel> loaded = loaded(config, DType.FLOAT32);
                Scope scope = Scope.open();
                BoundVelocity plain = bound(loaded.model(), 20, schedule.sigmas(), DType.FLOAT32)) {
            CacheSteps.assertProducts(plain, cache, schedule, shape, formula);
        }
    }

    private static BoundVelocity bound(
            HunyuanVideo15Transformer3DModel model, int text, List<Double> sigmas, DType dtype) {
        try (Noise noise = Noise.seeded(2);
                Scope scope = Scope.open()) {
            Tensor none =
                    Tensor.empty(DType.FLOAT32, Device.CPU, 1, 0, model.config().textEmbed2Dim());
            return model.velocity(noise.randn(1, text, model.config().textEmbedDim()), none, sigmas, dtype, Device.CPU);
        }
    }

    private static Weights.Loaded<HunyuanVideo15Transformer3DModel> loaded(HunyuanVideo15Config config, DType dtype) {
        return Weights.load(
                "transformer",
                RandomWeights.of(w -> new HunyuanVideo15Transformer3DModel(config, w)),
                dtype,
                Device.CPU,
                w -> new HunyuanVideo15Transformer3DModel(config, w));
    }
}
