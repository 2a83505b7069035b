package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncoderConfigTest {
    @Test
    void clip_emptyConfig_hasPythonDefaults() {
        assertThat(ClipTextConfig.from(GoldenTensors.parse("{}")))
                .isEqualTo(new ClipTextConfig(49408, 512, 2048, 12, 8, 77, Activation.QUICK_GELU, 1e-5, 49407));
    }

    @Test
    void clip_publishedConfig_isClipLarge() {
        assertThat(ClipTextConfig.from(GoldenTensors.json("manifests/flux1-dev/text_encoder/config.json")))
                .isEqualTo(new ClipTextConfig(49408, 768, 3072, 12, 12, 77, Activation.QUICK_GELU, 1e-5, 2));
    }

    @Test
    void t5_emptyConfig_hasPythonDefaults() {
        assertThat(T5Config.from(GoldenTensors.parse("{}")))
                .isEqualTo(new T5Config(32128, 512, 64, 2048, 6, 8, 32, 128, 1e-6, Activation.RELU, false));
    }

    @Test
    void t5_publishedConfig_isXxl() {
        assertThat(T5Config.from(GoldenTensors.json("manifests/flux1-dev/text_encoder_2/config.json")))
                .isEqualTo(new T5Config(32128, 4096, 64, 10240, 24, 64, 32, 128, 1e-6, Activation.GELU_NEW, true));
    }

    @ParameterizedTest
    @CsvSource({
        "relu, RELU, false",
        "gelu, GELU, false",
        "gelu_new, GELU_NEW, false",
        "gated-gelu, GELU_NEW, true",
        "gated-silu, SILU, true"
    })
    void t5_feedForwardProj_namesActivationAndGate(String projection, Activation act, boolean gated) {
        T5Config config = T5Config.from(GoldenTensors.parse("{\"feed_forward_proj\": \"" + projection + "\"}"));
        assertThat(config.denseAct()).isEqualTo(act);
        assertThat(config.gated()).isEqualTo(gated);
    }

    @Test
    void t5_writtenActivationAndGate_winOverFeedForwardProj() {
        T5Config config = T5Config.from(GoldenTensors.parse(
                "{\"feed_forward_proj\": \"gated-gelu\", \"dense_act_fn\": \"relu\", \"is_gated_act\": false}"));
        assertThat(config.denseAct()).isEqualTo(Activation.RELU);
        assertThat(config.gated()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'hidden_act': 'tanh'}|hidden_act: must be one of quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, relu, "
                        + "silu, not 'tanh'; this encoder cannot be run",
                "{'hidden_size': 10, 'num_attention_heads': 4}|hidden_size: 10 is not a multiple of num_attention_heads "
                        + "4; check config.json",
                "{'num_hidden_layers': 0}|num_hidden_layers: must be at least 1, not 0; check config.json",
                "{'layer_norm_eps': -1}|layer_norm_eps: must be in [0, 1), not -1.0; check config.json",
                "{'eos_token_id': [2, 3]}|eos_token_id: must be an integer, not [2,3]; check config.json",
                "{'hidden_act': 5}|hidden_act: must be a string, not 5; check config.json"
            })
    void clip_badValue_saysWhatIsNeeded(String json, String message) {
        assertThatThrownBy(() -> ClipTextConfig.from(GoldenTensors.parse(json.replace('\'', '"'))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'feed_forward_proj': 'gated-tanh'}|feed_forward_proj: must be one of quick_gelu, gelu, gelu_new, "
                        + "gelu_pytorch_tanh, relu, silu, not 'tanh'; this encoder cannot be run",
                "{'feed_forward_proj': 'open-gelu'}|feed_forward_proj: must be NAME or gated-NAME, not 'open-gelu'; use "
                        + "relu or gated-gelu",
                "{'dense_act_fn': 'mish'}|dense_act_fn: must be one of quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, "
                        + "relu, silu, not 'mish'; this encoder cannot be run",
                "{'is_decoder': true}|is_decoder: must be false for an encoder; check config.json",
                "{'is_gated_act': 'yes'}|is_gated_act: must be true or false, not \"yes\"; check config.json",
                "{'relative_attention_num_buckets': 3}|relative_attention_num_buckets: must be at least 4, not 3; check "
                        + "config.json",
                "{'relative_attention_max_distance': 8}|relative_attention_max_distance: must exceed a quarter of the "
                        + "32 buckets, not be 8; check config.json",
                "{'d_kv': 1.5}|d_kv: must be an integer, not 1.5; check config.json",
                "{'layer_norm_epsilon': 'x'}|layer_norm_epsilon: must be a number, not \"x\"; check config.json"
            })
    void t5_badValue_saysWhatIsNeeded(String json, String message) {
        assertThatThrownBy(() -> T5Config.from(GoldenTensors.parse(json.replace('\'', '"'))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
