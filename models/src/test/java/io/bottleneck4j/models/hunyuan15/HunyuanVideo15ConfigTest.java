package io.bottleneck4j.models.hunyuan15;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.Signatures;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HunyuanVideo15ConfigTest {
    @Test
    void from_emptyObject_isDiffusersDefault() {
        assertThat(HunyuanVideo15Config.from(Records.nothing()))
                .isEqualTo(new HunyuanVideo15Config(
                        32, 16, 128, 54, 2, 4, 1, 1, 3584, 1472, 1152, 256, List.of(16, 56, 56), 640));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"use_meanflow\": true|use_meanflow: is true, which bottleneck4j does not support; it reads false",
                "\"task_type\": \"sr\"|task_type: is",
                "\"qk_norm\": \"layer_norm\"|qk_norm: is",
                "\"in_channels\": 33|in_channels: must be 65, twice out_channels 32 and a mask, as text-to-video has it, not 33",
                "\"patch_size_t\": 2|patch_size_t: must be 1, since videos have any number of latent frames, not 2",
                "\"rope_axes_dim\": [16, 56, 57]|rope_axes_dim: must be three positive even numbers that sum to attention_head_dim 128, not [16, 56, 57]",
                "\"num_refiner_layers\": -1|num_refiner_layers: must be at least 0, not -1",
                "\"mlp_ratio\": 300|mlp_ratio: must be at most 256, not 300.0",
                "\"num_layers\": 0|num_layers: must be at least 1, not 0",
                "\"target_size\": 0|target_size: must be at least 1, not 0"
            })
    void from_whatIsNotSupported_isRefusedByName(String entry, String message) {
        Config config = Config.parse("config.json", "{" + entry + "}");
        assertThatThrownBy(() -> config.as(HunyuanVideo15Config::from))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith("config.json: " + message);
    }

    /** As calculate_default_height_width of diffusers has them for 16:9. */
    @ParameterizedTest
    @CsvSource({"640, 16, 848, 480", "960, 16, 1280, 720", "320, 16, 416, 240", "256, 16, 336, 192", "960, 4, 1280, 720"
    })
    void defaultSize_ofTargets_isDiffusers(int target, int cell, int width, int height) {
        HunyuanVideo15Config config = Records.with(HunyuanVideo15Config.from(Records.nothing()), "targetSize", target);
        assertThat(config.defaultSize(cell)).isEqualTo(new HunyuanVideo15Config.Size(width, height));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|7.5",
                "{\"guidance_scale\": 6.0, \"guidance_rescale\": 0.0, \"start\": 0.0, \"stop\": 1.0}|6",
                "{\"guidance_scale\": 6.0, \"use_original_formulation\": true}|7",
                "{\"guidance_scale\": 0.0, \"use_original_formulation\": true}|1",
                "{\"guidance_scale\": 6.0, \"enabled\": false}|1",
                "{\"guidance_scale\": 1.0}|1"
            })
    void trueCfgScale_ofGuiders_countsFromTheNegativePrompt(String guider, double scale) {
        assertThat(Guider.trueCfgScale(Config.parse("guider_config.json", guider)))
                .isEqualTo(scale);
    }

    /** No other keys than those tested here. */
    @Test
    void trueCfgScale_ofAllKeys_knowsThem() {
        assertThat(Signatures.of("ClassifierFreeGuidance").keySet())
                .containsExactlyInAnyOrder(
                        "guidance_scale", "guidance_rescale", "use_original_formulation", "start", "stop", "enabled");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"guidance_rescale\": 0.7|guidance_rescale: is 0.7, which bottleneck4j does not support",
                "\"start\": 0.1|start: is 0.1, which bottleneck4j does not support",
                "\"stop\": 0.8|stop: is 0.8, which bottleneck4j does not support",
                "\"guidance_scale\": 0.5|guidance_scale: must be at least that of no guidance, 1 (0 in the original formulation), not 0.5"
            })
    void trueCfgScale_ofOtherGuidance_isRefusedByName(String entry, String message) {
        Config config = Config.parse("guider_config.json", "{" + entry + "}");
        assertThatThrownBy(() -> config.as(Guider::trueCfgScale))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith("guider_config.json: " + message);
    }
}
