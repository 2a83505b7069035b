package io.bottleneck4j.models.wan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WanTransformer3DConfigTest {
    @Test
    void from_emptyObject_isDiffusersDefault() {
        WanTransformer3DConfig config = WanTransformer3DConfig.from(Records.nothing());
        assertThat(config).isEqualTo(new WanTransformer3DConfig(40, 128, 16, 4096, 13824, 40, true, 1e-6, 1024));
        assertThat(config.innerDim()).isEqualTo(5120);
        assertThat(config.axesDims()).isEqualTo(List.of(44, 42, 42));
        assertThat(config.tokenDim()).isEqualTo(64);
    }

    @Test
    void from_everyKey_takesItsValue() {
        WanTransformer3DConfig config = WanTransformer3DConfig.from(Config.parse("config.json", """
                {"patch_size": [1, 2, 2], "num_attention_heads": 3, "attention_head_dim": 10, "in_channels": 5,
                 "out_channels": 5, "text_dim": 7, "freq_dim": 256, "ffn_dim": 33, "num_layers": 2,
                 "cross_attn_norm": false, "qk_norm": "rms_norm_across_heads", "eps": 0.001, "image_dim": null,
                 "added_kv_proj_dim": null, "rope_max_seq_len": 9, "pos_embed_seq_len": null}"""));
        assertThat(config).isEqualTo(new WanTransformer3DConfig(3, 10, 5, 7, 33, 2, false, 1e-3, 9));
        assertThat(config.axesDims()).isEqualTo(List.of(6, 2, 2));
        assertThat(config.withLayers(4).numLayers()).isEqualTo(4);
    }

    /** Of all published models, and of numbers that a quotient would round below. */
    @ParameterizedTest
    @CsvSource({"12, 128, 8960", "24, 128, 14336", "40, 128, 13824", "3, 10, 33", "1, 6, 7", "7, 14, 97"})
    void blockShape_hasTheFeedForwardsOwnWidth(int heads, int headDim, int ffn) {
        WanTransformer3DConfig config = new WanTransformer3DConfig(heads, headDim, 4, 4, ffn, 1, true, 1e-6, 8);
        assertThat(config.blockShape().mlpDim()).isEqualTo(ffn);
    }

    @ParameterizedTest
    @ValueSource(strings = {"image_dim", "added_kv_proj_dim", "pos_embed_seq_len"})
    void from_keysOfImageToVideo_areRefusedByName(String key) {
        Config config = Config.parse("config.json", "{\"" + key + "\": 1280}");
        assertThatThrownBy(() -> config.as(WanTransformer3DConfig::from))
                .isInstanceOf(FolderException.class)
                .hasMessage("config.json: " + key + ": is 1280, which bottleneck4j does not support; it reads null");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"patch_size\": [1, 2, 3]|patch_size: must be [1, 2, 2], as in all published models, not [1, 2, 3]",
                "\"freq_dim\": 128|freq_dim: is 128, which bottleneck4j does not support; it reads 256",
                "\"qk_norm\": \"rms_norm\"|qk_norm: is the text 'rms_norm', which bottleneck4j does not support; it reads rms_norm_across_heads",
                "\"in_channels\": 36|in_channels: must be out_channels 16, not 36, which see a picture beside the latents; take a model of text-to-video",
                "\"attention_head_dim\": 127|attention_head_dim: must be an even number of at least 6, which frame, row and column share, not 127",
                "\"num_layers\": 0|num_layers: must be at least 1, not 0",
                "\"eps\": 1|eps: must be in [0, 1), not 1.0"
            })
    void from_whatIsNotSupported_isRefusedByName(String entry, String message) {
        Config config = Config.parse("config.json", "{" + entry + "}");
        assertThatThrownBy(() -> config.as(WanTransformer3DConfig::from))
                .isInstanceOf(FolderException.class)
                .hasMessage("config.json: " + message);
    }
}
