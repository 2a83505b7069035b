package io.bottleneck4j.models.flux2;

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

class Flux2Transformer2DConfigTest {

    @Test
    void from_emptyObject_isDiffusersDefault() {
        Flux2Transformer2DConfig config = Flux2Transformer2DConfig.from(Records.nothing());
        assertThat(config)
                .isEqualTo(new Flux2Transformer2DConfig(
                        128, 8, 48, 128, 48, 15_360, 3, List.of(32, 32, 32, 32), 2000, true));
        assertThat(config.innerDim()).isEqualTo(6144);
        assertThat(config.latentChannels()).isEqualTo(32);
    }

    @Test
    void from_everyKey_takesItsValue() {
        assertThat(Flux2Transformer2DConfig.from(Config.parse("config.json", """
                {"patch_size": 1, "in_channels": 8, "out_channels": null, "num_layers": 1, "num_single_layers": 0,
                 "attention_head_dim": 12, "num_attention_heads": 3, "joint_attention_dim": 20,
                 "timestep_guidance_channels": 256, "mlp_ratio": 0.88, "axes_dims_rope": [2, 2, 4, 4], "rope_theta": 100,
                 "eps": 1e-06, "guidance_embeds": false}""")))
                .isEqualTo(new Flux2Transformer2DConfig(8, 1, 0, 12, 3, 20, 0.88, List.of(2, 2, 4, 4), 100, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"patch_size\": 2|patch_size: is 2, which bottleneck4j does not support; it reads 1",
                "\"out_channels\": 64|out_channels: is 64, but in_channels, which says the same, is 128",
                "\"timestep_guidance_channels\": 128|timestep_guidance_channels: is 128, which bottleneck4j does not"
                        + " support; it reads 256",
                "\"eps\": 1e-5|eps: must be 1e-6, as of every published FLUX.2, not 1.0E-5"
            })
    void from_whatIsNotSupported_isRefusedByName(String entry, String message) {
        Config config = Config.parse("config.json", "{" + entry + "}");
        assertThatThrownBy(() -> config.as(Flux2Transformer2DConfig::from))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith("config.json: " + message);
    }

    static List<Arguments> wrong() {
        return List.of(
                Arguments.of(
                        "inChannels",
                        126,
                        "in_channels: must be a multiple of 4 (a token is 2 × 2 latent cells), not 126"),
                Arguments.of("numLayers", 0, "num_layers: must be at least 1, not 0"),
                Arguments.of("numSingleLayers", -1, "num_single_layers: must be at least 0, not -1"),
                Arguments.of("attentionHeadDim", 0, "attention_head_dim: must be at least 1, not 0"),
                Arguments.of("numAttentionHeads", 0, "num_attention_heads: must be at least 1, not 0"),
                Arguments.of("jointAttentionDim", 0, "joint_attention_dim: must be at least 1, not 0"),
                Arguments.of(
                        "mlpRatio",
                        65.0,
                        "mlp_ratio: must be above 0, at most 64 and make a middle of at least 1, not 65.0"),
                Arguments.of(
                        "mlpRatio",
                        Double.NaN,
                        "mlp_ratio: must be above 0, at most 64 and make a middle of at least 1, not NaN"),
                Arguments.of("ropeTheta", 0.0, "rope_theta: must be a finite number above 0, not 0.0"),
                Arguments.of(
                        "axesDimsRope",
                        List.of(64, 32, 32),
                        "axes_dims_rope: must be four numbers that sum to attention_head_dim 128, not [64, 32, 32]"),
                Arguments.of(
                        "axesDimsRope",
                        List.of(31, 33, 32, 32),
                        "axes_dims_rope: must be positive even numbers, not [31, 33, 32, 32]"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void constructor_impossibleValue_namesIt(String name, Object value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Records.with(Flux2Transformer2DConfig.from(Records.nothing()), name, value))
                .withMessage(message);
    }
}
