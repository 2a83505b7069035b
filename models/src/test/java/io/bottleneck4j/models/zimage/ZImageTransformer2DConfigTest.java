package io.bottleneck4j.models.zimage;

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

class ZImageTransformer2DConfigTest {

    @Test
    void from_emptyObject_isDiffusersDefault() {
        ZImageTransformer2DConfig config = ZImageTransformer2DConfig.from(Records.nothing());
        assertThat(config)
                .isEqualTo(new ZImageTransformer2DConfig(
                        16, 3840, 30, 2, 30, 1e-5, 2560, 256, 1000, List.of(32, 48, 48), List.of(1024, 512, 512)));
        assertThat(config.mlpDim()).isEqualTo(10_240);
        assertThat(config.steeringDim()).isEqualTo(256);
        assertThat(config.tokenDim()).isEqualTo(64);
    }

    @Test
    void from_everyKey_takesItsValue() {
        ZImageTransformer2DConfig config = ZImageTransformer2DConfig.from(Config.parse("config.json", """
                {"all_patch_size": [2], "all_f_patch_size": [1], "in_channels": 4, "dim": 32, "n_layers": 3,
                 "n_refiner_layers": 0, "n_heads": 4, "n_kv_heads": 4, "norm_eps": 0.001, "qk_norm": true,
                 "cap_feat_dim": 10, "siglip_feat_dim": null, "rope_theta": 100, "t_scale": 500,
                 "axes_dims": [2, 2, 4], "axes_lens": [5, 6, 7]}"""));
        assertThat(config)
                .isEqualTo(new ZImageTransformer2DConfig(
                        4, 32, 3, 0, 4, 1e-3, 10, 100, 500, List.of(2, 2, 4), List.of(5, 6, 7)));
        assertThat(config.mlpDim()).isEqualTo(85); // rounded down
        assertThat(config.steeringDim()).isEqualTo(32);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"n_kv_heads\": 10|n_kv_heads: is 10, but n_heads, which says the same, is 30",
                "\"qk_norm\": false|qk_norm: is false, which bottleneck4j does not support; it reads true",
                "\"siglip_feat_dim\": 1152|siglip_feat_dim: is 1152, which bottleneck4j does not support; it reads null",
                "\"all_patch_size\": [2, 4]|all_patch_size: must be [2], the one size that ZImagePipeline uses, not [2, 4]",
                "\"all_f_patch_size\": [2]|all_f_patch_size: must be [1], the one size that ZImagePipeline uses, not [2]"
            })
    void from_whatIsNotSupported_isRefusedByName(String entry, String message) {
        Config config = Config.parse("config.json", "{" + entry + "}");
        assertThatThrownBy(() -> config.as(ZImageTransformer2DConfig::from))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith("config.json: " + message);
    }

    static List<Arguments> wrong() {
        return List.of(
                Arguments.of("inChannels", 0, "in_channels: must be at least 1, not 0"),
                Arguments.of("dim", 3841, "dim: 3841 is not a multiple of n_heads 30"),
                Arguments.of("nLayers", 0, "n_layers: must be at least 1, not 0"),
                Arguments.of("nRefinerLayers", -1, "n_refiner_layers: must be at least 0, not -1"),
                Arguments.of("nHeads", 0, "n_heads: must be at least 1, not 0"),
                Arguments.of("normEps", 1.0, "norm_eps: must be in [0, 1), not 1.0"),
                Arguments.of("capFeatDim", 0, "cap_feat_dim: must be at least 1, not 0"),
                Arguments.of("ropeTheta", 0.0, "rope_theta: must be a finite number above 0, not 0.0"),
                Arguments.of("tScale", -1.0, "t_scale: must be a finite number above 0, not -1.0"),
                Arguments.of(
                        "axesDims",
                        List.of(64, 64),
                        "axes_dims: must be three numbers that sum to dim / n_heads 128, not [64, 64]"),
                Arguments.of(
                        "axesDims", List.of(32, 49, 47), "axes_dims: must be positive even numbers, not [32, 49, 47]"),
                Arguments.of(
                        "axesLens",
                        List.of(1024, 512, 0),
                        "axes_lens: must be three numbers between 1 and 16777216, not [1024, 512, 0]"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void constructor_impossibleValue_namesIt(String name, Object value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Records.with(ZImageTransformer2DConfig.from(Records.nothing()), name, value))
                .withMessage(message);
    }
}
