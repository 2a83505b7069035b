package io.bottleneck4j.pipeline.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoFlops;
import io.bottleneck4j.models.hunyuan.HunyuanVideoTransformer3DModel;
import io.bottleneck4j.models.hunyuan.HunyuanVideoVelocity;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.MatrixProducts;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The formula against the paper's figures and numbers computed by hand. */
class HunyuanVideoFlopsTest {
    private static final HunyuanVideoFlops PUBLISHED =
            new HunyuanVideoFlops(HunyuanVideoConfig.from(Records.nothing()), 256);
    /** 129 frames of 1280 × 720 and of 960 × 544 pixels. */
    private static final LatentShape HIGH = new LatentShape(16, 33, 90, 160);

    private static final LatentShape LOW = new LatentShape(16, 33, 68, 120);
    private static final PlanCost BASELINE = PlanCost.of(StagePlan.single(HIGH, 50, new Shift.Constant(7)), PUBLISHED);

    @Test
    void videoTokens_ofPaperSizes_areThePapers() {
        assertThat(HunyuanVideoFlops.videoTokens(PUBLISHED.config(), HIGH) + 256)
                .isEqualTo(119_056);
        assertThat(HunyuanVideoFlops.videoTokens(PUBLISHED.config(), LOW) + 256).isEqualTo(67_576);
    }

    @Test
    void flops_ofPaperSizes_areThePapersToTheCent() {
        assertThat(FlopFormat.text(PUBLISHED.flops(HIGH))).isEqualTo("12,109.19 T");
        assertThat(FlopFormat.text(BASELINE.flops())).isEqualTo("605,459.49 T");
        assertThat(FlopFormat.text(PUBLISHED.flops(LOW))).isEqualTo("4,298.28 T");
    }

    @ParameterizedTest
    @CsvSource({"4, 20, 23, FLOOR, 1.95", "4, 24, 9, FLOOR, 2.99", "4, 24, 16, IMG2IMG, 2.16"})
    void speedUp_ofPreset_isAsMeasured(int n1, int n2, int n3, Rounding rounding, double speedUp) {
        StagePlan plan = StagePlan.bottleneck(
                new ResolutionStage(HIGH, n1, 1, new Shift.Constant(7), rounding),
                new ResolutionStage(LOW, n2, 0.8, new Shift.Constant(9), rounding),
                new ResolutionStage(HIGH, n3, 0.7, new Shift.Constant(9), rounding));
        assertThat(PlanCost.of(plan, PUBLISHED).speedUpOver(BASELINE)).isCloseTo(speedUp, within(0.005));
    }

    @Test
    void flops_ofTinyModel_areTheSumByHand() {
        HunyuanVideoConfig tiny = Records.with(
                HunyuanVideoConfig.from(Records.nothing()),
                "numAttentionHeads",
                2,
                "attentionHeadDim",
                8,
                "ropeAxesDim",
                List.of(2, 2, 4),
                "numLayers",
                2,
                "numSingleLayers",
                3,
                "mlpRatio",
                3.0,
                "patchSizeT",
                2);
        // D 16, 7 text and 3 × 2 × 4 video tokens: S 31
        double products = 2 * 31 * 16.0 * 16 * (3 + 1 + 3 + 3) + 4 * 31 * 31 * 16;
        assertThat(new HunyuanVideoFlops(tiny, 7).flops(new LatentShape(16, 6, 4, 8)))
                .isEqualTo(5 * (products + 2 * 31 * 31 * 2));
    }

    static Stream<Arguments> models() {
        HunyuanVideoConfig deep = Records.with( // as many blocks as HunyuanVideo
                HunyuanVideoConfig.from(Records.nothing()),
                "numAttentionHeads",
                2,
                "attentionHeadDim",
                8,
                "ropeAxesDim",
                List.of(2, 2, 4),
                "textEmbedDim",
                20,
                "pooledProjectionDim",
                12);
        HunyuanVideoConfig other = Records.with(
                deep,
                "numLayers",
                1,
                "numSingleLayers",
                2,
                "numRefinerLayers",
                1,
                "mlpRatio",
                2.5,
                "patchSizeT",
                2,
                "guidanceEmbeds",
                false);
        LatentShape shape = new LatentShape(16, 4, 6, 8);
        return Stream.of(
                Arguments.of(deep, DType.FLOAT32, shape, 7),
                Arguments.of(other, DType.FLOAT32, shape, 1),
                Arguments.of(other, DType.BFLOAT16, shape, 5));
    }

    /** All that a forward multiplies is counted or, since the paper leaves it out, in {@link #beside}. */
    @ParameterizedTest
    @MethodSource("models")
    void flops_ofRunningModel_areThoseItIssues(HunyuanVideoConfig config, DType dtype, LatentShape shape, int text) {
        try (Weights.Loaded<HunyuanVideoTransformer3DModel> loaded = Weights.load(
                        "transformer",
                        RandomWeights.of(w -> new HunyuanVideoTransformer3DModel(config, w)),
                        dtype,
                        Device.CPU,
                        w -> new HunyuanVideoTransformer3DModel(config, w));
                Noise noise = Noise.seeded(2);
                Scope scope = Scope.open()) {
            Tensor states = noise.randn(1, text + 3, config.textEmbedDim());
            long[] mask = new long[text + 3];
            Arrays.fill(mask, 0, text, 1);
            Tensor pooled = noise.randn(1, config.pooledProjectionDim());
            MatrixProducts issued = MatrixProducts.of(
                    () -> run(loaded.model(), states, Tensor.of(mask, 1, text + 3), pooled, dtype, shape));
            double s = text + HunyuanVideoFlops.videoTokens(config, shape);
            double softmax = 2 * s * s * config.numAttentionHeads() * (config.numLayers() + config.numSingleLayers());
            assertThat(issued.flops())
                    .as(issued.toString())
                    .isEqualTo(
                            new HunyuanVideoFlops(config, text).flops(shape) - softmax + beside(config, shape, text));
        }
    }

    /** A run of one step. */
    private static void run(
            HunyuanVideoTransformer3DModel transformer,
            Tensor states,
            Tensor mask,
            Tensor pooled,
            DType dtype,
            LatentShape shape) {
        try (HunyuanVideoVelocity model =
                new HunyuanVideoVelocity(transformer, states, mask, pooled, 6, List.of(0.5), dtype, Device.CPU)) {
            model.velocity(Latents.zeros(shape), 0.5);
        }
    }

    /** Embedders, refiner, modulation and output projection. */
    private static double beside(HunyuanVideoConfig config, LatentShape shape, int text) {
        double d = config.innerDim();
        double video = HunyuanVideoFlops.videoTokens(config, shape);
        double patch = config.inChannels() * config.patchSizeT() * config.patchSize() * config.patchSize();
        double number = 256 * d + d * d;
        double pooled = config.pooledProjectionDim() * d + d * d;
        double mean = config.textEmbedDim() * d + d * d;
        double refinerBlock = text * d * d * (3 + 1 + 4 + 4) + 2 * text * text * d + 2 * d * d;
        double modulation = (12.0 * config.numLayers() + 3 * config.numSingleLayers() + 2) * d * d;
        return 2
                * (2 * video * patch * d
                        + number * (config.guidanceEmbeds() ? 2 : 1)
                        + pooled
                        + number
                        + mean
                        + text * config.textEmbedDim() * d
                        + config.numRefinerLayers() * refinerBlock
                        + modulation);
    }

    @Test
    void new_withoutText_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HunyuanVideoFlops(PUBLISHED.config(), 0))
                .withMessage("text tokens: must be at least 1, not 0");
    }
}
