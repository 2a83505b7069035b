package io.bottleneck4j.models.hunyuan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HunyuanVideoConfigTest {

    @Test
    void builder_untouched_isHunyuanVideo() {
        HunyuanVideoConfig config = HunyuanVideoConfig.builder().build();
        assertThat(config)
                .isEqualTo(new HunyuanVideoConfig(
                        16, 16, 24, 128, 20, 40, 2, 4, 2, 1, true, 4096, 768, 256, List.of(16, 56, 56)));
        assertThat(config.innerDim()).isEqualTo(3072);
    }

    @Test
    void builder_everySetter_sets() {
        assertThat(HunyuanVideoConfig.builder()
                        .inChannels(4)
                        .outChannels(4)
                        .numAttentionHeads(3)
                        .attentionHeadDim(8)
                        .numLayers(1)
                        .numSingleLayers(5)
                        .numRefinerLayers(6)
                        .mlpRatio(2.5)
                        .patchSize(7)
                        .patchSizeT(9)
                        .guidanceEmbeds(false)
                        .textEmbedDim(10)
                        .pooledProjectionDim(11)
                        .ropeTheta(12)
                        .ropeAxesDim(List.of(2, 2, 4))
                        .build())
                .isEqualTo(new HunyuanVideoConfig(4, 4, 3, 8, 1, 5, 6, 2.5, 7, 9, false, 10, 11, 12, List.of(2, 2, 4)));
    }

    static List<Arguments> wrong() {
        return List.of(
                wrong(b -> b.inChannels(0), "in_channels: must be between 1 and 65536, not 0"),
                wrong(b -> b.outChannels(8), "out_channels: must equal in_channels 16 for text to video, not 8"),
                wrong(b -> b.numAttentionHeads(0), "num_attention_heads: must be between 1 and 65536, not 0"),
                wrong(b -> b.attentionHeadDim(70_000), "attention_head_dim: must be between 1 and 65536, not 70000"),
                wrong(
                        b -> b.attentionHeadDim(64),
                        "rope_axes_dim: must be three numbers that sum to attention_head_dim 64, not [16, 56, 56]"),
                wrong(b -> b.numLayers(-1), "num_layers: must be between 0 and 65536, not -1"),
                wrong(b -> b.numSingleLayers(-1), "num_single_layers: must be between 0 and 65536, not -1"),
                wrong(b -> b.numRefinerLayers(-1), "num_refiner_layers: must be between 0 and 65536, not -1"),
                wrong(b -> b.mlpRatio(Double.NaN), "mlp_ratio: must be a finite number above 0, not NaN"),
                wrong(b -> b.patchSize(0), "patch_size: must be between 1 and 65536, not 0"),
                wrong(b -> b.patchSizeT(0), "patch_size_t: must be between 1 and 65536, not 0"),
                wrong(b -> b.textEmbedDim(0), "text_embed_dim: must be between 1 and 65536, not 0"),
                wrong(b -> b.pooledProjectionDim(0), "pooled_projection_dim: must be between 1 and 65536, not 0"),
                wrong(b -> b.ropeTheta(0), "rope_theta: must be a finite number above 0, not 0.0"),
                wrong(
                        b -> b.ropeAxesDim(List.of(16, 57, 55)),
                        "rope_axes_dim: must be positive even numbers, not [16, 57, 55]"),
                wrong(
                        b -> b.ropeAxesDim(List.of(64, 64)),
                        "rope_axes_dim: must be three numbers that sum to attention_head_dim 128, not [64, 64]"));
    }

    private static Arguments wrong(UnaryOperator<HunyuanVideoConfig.Builder> change, String message) {
        return Arguments.of(change, message);
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void constructor_impossibleValue_namesIt(UnaryOperator<HunyuanVideoConfig.Builder> change, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> change.apply(HunyuanVideoConfig.builder()).build())
                .withMessage(message);
    }
}
