package io.bottleneck4j.models.hunyuan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.folder.Config;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HunyuanVideoConfigTest {

    @Test
    void from_emptyObject_isHunyuanVideo() {
        HunyuanVideoConfig config = HunyuanVideoConfig.from(Records.nothing());
        assertThat(config)
                .isEqualTo(new HunyuanVideoConfig(
                        16, 16, 24, 128, 20, 40, 2, 4, 2, 1, true, 4096, 768, 256, List.of(16, 56, 56)));
        assertThat(config.innerDim()).isEqualTo(3072);
    }

    @Test
    void from_everyKey_takesItsValue() {
        assertThat(HunyuanVideoConfig.from(Config.parse("config.json", """
                        {"in_channels": 4, "out_channels": 4, "num_attention_heads": 3, "attention_head_dim": 8, "num_layers": 1,
                         "num_single_layers": 5, "num_refiner_layers": 6, "mlp_ratio": 2.5, "patch_size": 7, "patch_size_t": 1,
                         "guidance_embeds": false, "text_embed_dim": 10, "pooled_projection_dim": 11, "rope_theta": 12,
                         "rope_axes_dim": [2, 2, 4]}""")))
                .isEqualTo(new HunyuanVideoConfig(4, 4, 3, 8, 1, 5, 6, 2.5, 7, 1, false, 10, 11, 12, List.of(2, 2, 4)));
    }

    static List<Arguments> wrong() {
        return List.of(
                wrong("inChannels", 0, "in_channels: must be between 1 and 65536, not 0"),
                wrong("outChannels", 8, "out_channels: must equal in_channels 16 for text to video, not 8"),
                wrong("numAttentionHeads", 0, "num_attention_heads: must be between 1 and 65536, not 0"),
                wrong("attentionHeadDim", 70_000, "attention_head_dim: must be between 1 and 65536, not 70000"),
                wrong(
                        "attentionHeadDim",
                        64,
                        "rope_axes_dim: must be three numbers that sum to attention_head_dim 64, not [16, 56, 56]"),
                wrong("numLayers", -1, "num_layers: must be between 0 and 65536, not -1"),
                wrong("numSingleLayers", -1, "num_single_layers: must be between 0 and 65536, not -1"),
                wrong("numRefinerLayers", -1, "num_refiner_layers: must be between 0 and 65536, not -1"),
                wrong("mlpRatio", Double.NaN, "mlp_ratio: must be a finite number above 0, not NaN"),
                wrong("patchSize", 0, "patch_size: must be between 1 and 65536, not 0"),
                wrong("patchSizeT", 0, "patch_size_t: must be between 1 and 65536, not 0"),
                wrong("textEmbedDim", 0, "text_embed_dim: must be between 1 and 65536, not 0"),
                wrong("pooledProjectionDim", 0, "pooled_projection_dim: must be between 1 and 65536, not 0"),
                wrong("ropeTheta", 0.0, "rope_theta: must be a finite number above 0, not 0.0"),
                wrong(
                        "ropeAxesDim",
                        List.of(16, 57, 55),
                        "rope_axes_dim: must be positive even numbers, not [16, 57, 55]"),
                wrong(
                        "ropeAxesDim",
                        List.of(64, 64),
                        "rope_axes_dim: must be three numbers that sum to attention_head_dim 128, not [64, 64]"));
    }

    private static Arguments wrong(String name, Object value, String message) {
        return Arguments.of(name, value, message);
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void constructor_impossibleValue_namesIt(String name, Object value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Records.with(HunyuanVideoConfig.from(Records.nothing()), name, value))
                .withMessage(message);
    }
}
