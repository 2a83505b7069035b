package io.bottleneck4j.models.qwenimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class QwenImageTransformer2DConfigTest {
    @Test
    void from_nothing_isThePublishedModel() {
        QwenImageTransformer2DConfig config = QwenImageTransformer2DConfig.from(Records.nothing());
        assertThat(config).isEqualTo(new QwenImageTransformer2DConfig(64, 60, 128, 24, 3584, List.of(16, 56, 56)));
        assertThat(config.innerDim()).isEqualTo(3072);
        assertThat(config.latentChannels()).isEqualTo(16);
        assertThat(config.withLayers(2)).isEqualTo(Records.with(config, "numLayers", 2));
    }

    @Test
    void from_everyKey_takesItsValue() {
        assertThat(QwenImageTransformer2DConfig.from(Config.parse("config.json", """
                {"patch_size": 2, "in_channels": 16, "out_channels": 4, "num_layers": 3, "attention_head_dim": 8,
                 "num_attention_heads": 2, "joint_attention_dim": 10, "guidance_embeds": false, "axes_dims_rope": [2, 2, 4],
                 "zero_cond_t": false, "use_additional_t_cond": false, "use_layer3d_rope": false,
                 "pooled_projection_dim": 768}""")))
                .isEqualTo(new QwenImageTransformer2DConfig(16, 3, 8, 2, 10, List.of(2, 2, 4)));
    }

    /** Of models that edit pictures, draw layers or take guidance, none of which is read. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"guidance_embeds\": true|guidance_embeds: is true, which bottleneck4j does not support; it reads false",
                "\"zero_cond_t\": true|zero_cond_t: is true, which bottleneck4j does not support; it reads false",
                "\"use_additional_t_cond\": true|use_additional_t_cond: is true, which bottleneck4j does not support; it"
                        + " reads false",
                "\"use_layer3d_rope\": true|use_layer3d_rope: is true, which bottleneck4j does not support; it reads false",
                "\"patch_size\": 1|patch_size: is 1, which bottleneck4j does not support; it reads 2",
                "\"out_channels\": null|out_channels: must be those of the latents, in_channels / 4, 16, not 64",
                "\"out_channels\": 32|out_channels: must be those of the latents, in_channels / 4, 16, not 32"
            })
    void from_whatIsNotSupported_isRefusedByName(String entry, String message) {
        Config config = Config.parse("config.json", "{" + entry + "}");
        assertThatThrownBy(() -> config.as(QwenImageTransformer2DConfig::from))
                .isInstanceOf(FolderException.class)
                .hasMessage("config.json: " + message);
    }

    static List<Arguments> wrong() {
        String axes = "axes_dims_rope: must be three positive even numbers that sum to attention_head_dim 128, not ";
        return List.of(
                Arguments.of("inChannels", 0, "in_channels: must be at least 1, not 0"),
                Arguments.of("inChannels", 66, "in_channels: 66 is not a multiple of a token's cells 4"),
                Arguments.of("numLayers", 0, "num_layers: must be at least 1, not 0"),
                Arguments.of("attentionHeadDim", 0, "attention_head_dim: must be at least 1, not 0"),
                Arguments.of("numAttentionHeads", 0, "num_attention_heads: must be at least 1, not 0"),
                Arguments.of("jointAttentionDim", 0, "joint_attention_dim: must be at least 1, not 0"),
                Arguments.of("axesDimsRope", List.of(64, 64), axes + "[64, 64]"),
                Arguments.of("axesDimsRope", List.of(16, 57, 55), axes + "[16, 57, 55]"),
                Arguments.of("axesDimsRope", List.of(16, 56, 58), axes + "[16, 56, 58]"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void constructor_impossibleValue_namesIt(String name, Object value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Records.with(QwenImageTransformer2DConfig.from(Records.nothing()), name, value))
                .withMessage(message);
    }
}
