package io.bottleneck4j.models.hunyuan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HunyuanVideoVelocityTest {
    private static final HunyuanVideoConfig CONFIG = Records.with(
            HunyuanVideoConfig.from(Records.nothing()),
            "inChannels",
            4,
            "outChannels",
            4,
            "numAttentionHeads",
            2,
            "attentionHeadDim",
            8,
            "ropeAxesDim",
            List.of(2, 2, 4),
            "numLayers",
            1,
            "numSingleLayers",
            2,
            "textEmbedDim",
            10,
            "pooledProjectionDim",
            6);
    private static final LatentShape SHAPE = new LatentShape(4, 3, 4, 6);

    private final Weights.Loaded<HunyuanVideoTransformer3DModel> loaded = Weights.load(
            "transformer",
            RandomWeights.of(w -> new HunyuanVideoTransformer3DModel(CONFIG, w)),
            DType.FLOAT32,
            Device.CPU,
            w -> new HunyuanVideoTransformer3DModel(CONFIG, w));
    private Scope scope = Scope.open();
    private float[] states = {};
    private Tensor pooled = Tensor.arange(1);

    @BeforeEach
    void draw() {
        scope.close();
        scope = Scope.open();
        try (Noise noise = Noise.seeded(7)) {
            states = noise.randn(5, 10).toFloats();
            pooled = noise.randn(1, 6);
        }
    }

    @AfterEach
    void close() {
        scope.close();
        loaded.close();
    }

    private HunyuanVideoVelocity bound(float[] states, long... mask) {
        return new HunyuanVideoVelocity(
                loaded.model(),
                Tensor.of(states, 1, 5, 10),
                Tensor.of(mask, 1, mask.length),
                pooled,
                6,
                List.of(1.0, 0.5),
                DType.FLOAT32,
                Device.CPU);
    }

    @Test
    void velocity_ofPaddedText_doesNotSeeThePadding() {
        float[] otherPadding = states.clone();
        otherPadding[49] = 100;
        float[] otherText = states.clone();
        otherText[0] = 100;
        Latents expected = velocity(bound(states, 1, 1, 1, 0, 0));
        assertThat(velocity(bound(otherPadding, 1, 1, 1, 0, 0))).isEqualTo(expected);
        assertThat(velocity(bound(otherText, 1, 1, 1, 0, 0))).isNotEqualTo(expected);
        assertThat(velocity(bound(states, 1, 1, 1, 1, 0))).isNotEqualTo(expected);
    }

    private static Latents velocity(HunyuanVideoVelocity model) {
        try (model) {
            return model.velocity(noise(), 0.5);
        }
    }

    private static Latents noise() {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(8)) {
            return Latents.copyOf(
                    SHAPE,
                    noise.randn(SHAPE.channels(), SHAPE.frames(), SHAPE.height(), SHAPE.width())
                            .toFloats());
        }
    }

    @Test
    void velocity_ofTwoSizesInTurn_isThatOfEachAlone() {
        Latents small = Latents.zeros(new LatentShape(4, 3, 2, 4));
        Latents expected = velocity(bound(states, 1, 1, 1, 1, 1));
        try (HunyuanVideoVelocity model = bound(states, 1, 1, 1, 1, 1)) {
            assertThat(model.velocity(small, 1).shape()).isEqualTo(small.shape());
            assertThat(model.velocity(noise(), 0.5)).isEqualTo(expected);
        }
    }

    @Test
    void velocity_tenSteps_leavesNothingBehind() {
        try (HunyuanVideoVelocity model = bound(states, 1, 1, 1, 1, 1)) {
            Latents x = noise();
            model.velocity(x, 0.5); // the size's rotations stay
            long before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                model.velocity(x, i % 2 == 0 ? 0.5 : 1);
            }
            assertThat(Libtorch.livePointers()).isEqualTo(before);
        }
    }

    @Test
    void close_afterSteps_freesAllThatWasBound() {
        velocity(bound(states, 1, 1, 1, 1, 1));
        Tensor text = Tensor.of(states, 1, 5, 10);
        Tensor mask = Tensor.of(new long[] {1, 1, 1, 1, 0}, 1, 5);
        long before = Libtorch.livePointers();
        try (HunyuanVideoVelocity model = new HunyuanVideoVelocity(
                loaded.model(), text, mask, pooled, 6, List.of(0.5), DType.FLOAT32, Device.CPU)) {
            model.velocity(noise(), 0.5);
            assertThat(Libtorch.livePointers()).isGreaterThan(before);
        }
        assertThat(Libtorch.livePointers()).isEqualTo(before);
    }

    @Test
    void velocity_atUnboundSigma_isRefused() {
        try (HunyuanVideoVelocity model = bound(states, 1, 1, 1, 1, 1)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.velocity(noise(), 0.25))
                    .withMessage(
                            "sigma: 0.25 is none of the conditioning's 2 levels; make it with every level of the run");
        }
    }

    @Test
    void velocity_ofLatentsThatAreNoPatches_isRefused() {
        try (HunyuanVideoVelocity model = bound(states, 1, 1, 1, 1, 1)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.velocity(Latents.zeros(new LatentShape(4, 3, 4, 5)), 0.5))
                    .withMessage(
                            "latents: must divide into patches of 1 × 2 × 2 frames, rows and columns, not 3 × 4 × 5");
        }
    }

    @Test
    void new_withMaskThatIsNone_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bound(states, 1, 1))
                .withMessage("mask: must have an entry for each of the 5 text states, has 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bound(states, 0, 0, 1, 1, 1))
                .withMessage("mask: must be ones for the tokens, then zeros for the padding, has 1 at 2 after 0 ones;"
                        + " pad on the right");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bound(states, 1, 2, 0, 0, 0))
                .withMessage("mask: must be ones for the tokens, then zeros for the padding, has 2 at 1 after 1 ones;"
                        + " pad on the right");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bound(states, 0, 0, 0, 0, 0))
                .withMessage("mask: must have at least 1 token, has none; give a text");
    }
}
