package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncoderConfigTest {
    @Test
    void clip_emptyConfig_hasPythonDefaults() {
        assertThat(ClipTextConfig.from(parsed("{}")))
                .isEqualTo(new ClipTextConfig(49408, 512, 2048, 12, 8, 77, Activation.QUICK_GELU, 1e-5, 49407));
    }

    @Test
    void clip_publishedConfig_isClipLarge() {
        assertThat(ClipTextConfig.from(GoldenTensors.json("manifests/flux1-dev/text_encoder/config.json")))
                .isEqualTo(new ClipTextConfig(49408, 768, 3072, 12, 12, 77, Activation.QUICK_GELU, 1e-5, 2));
    }

    @Test
    void t5_emptyConfig_hasPythonDefaults() {
        assertThat(T5Config.from(parsed("{}")))
                .isEqualTo(new T5Config(32128, 512, 64, 2048, 6, 8, 32, 128, 1e-6, Activation.RELU, false, false));
    }

    @Test
    void t5_publishedConfig_isXxl() {
        assertThat(T5Config.from(GoldenTensors.json("manifests/flux1-dev/text_encoder_2/config.json")))
                .isEqualTo(
                        new T5Config(32128, 4096, 64, 10240, 24, 64, 32, 128, 1e-6, Activation.GELU_NEW, true, false));
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
        T5Config config = T5Config.from(parsed("{'feed_forward_proj': '" + projection + "'}"));
        assertThat(config.denseAct()).isEqualTo(act);
        assertThat(config.gated()).isEqualTo(gated);
    }

    @Test
    void t5_writtenActivationAndGate_winOverFeedForwardProj() {
        T5Config config = T5Config.from(
                parsed("{'feed_forward_proj': 'gated-gelu', 'dense_act_fn': 'relu', 'is_gated_act': false}"));
        assertThat(config.denseAct()).isEqualTo(Activation.RELU);
        assertThat(config.gated()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'hidden_act': 'tanh'}|hidden_act: must be one of quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, relu, "
                        + "silu, not 'tanh'",
                "{'hidden_size': 10, 'num_attention_heads': 4}|hidden_size: 10 is not a multiple of num_attention_heads 4",
                "{'num_hidden_layers': 0}|num_hidden_layers: must be at least 1, not 0",
                "{'layer_norm_eps': -1}|layer_norm_eps: must be in [0, 1), not -1.0"
            })
    void clip_badValue_saysWhatIsNeeded(String json, String message) {
        assertThatThrownBy(() -> ClipTextConfig.from(parsed(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void clip_severalEndTokens_areRefusedNamingTheFile() {
        assertThatThrownBy(() -> ClipTextConfig.from(parsed("{'eos_token_id': [2, 3]}")))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith("config.json: eos_token_id: must be a whole number, not ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'feed_forward_proj': 'gated-tanh'}|feed_forward_proj: must be one of quick_gelu, gelu, gelu_new, "
                        + "gelu_pytorch_tanh, relu, silu, not 'tanh'",
                "{'feed_forward_proj': 'open-gelu'}|feed_forward_proj: must be NAME or gated-NAME, as relu or gated-gelu, "
                        + "not 'open-gelu'",
                "{'dense_act_fn': 'mish'}|dense_act_fn: must be one of quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, "
                        + "relu, silu, not 'mish'",
                "{'relative_attention_num_buckets': 3}|relative_attention_num_buckets: must be at least 4, not 3",
                "{'relative_attention_max_distance': 8}|relative_attention_max_distance: must exceed a quarter of the "
                        + "32 buckets, not be 8"
            })
    void t5_badValue_saysWhatIsNeeded(String json, String message) {
        assertThatThrownBy(() -> T5Config.from(parsed(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void t5_decoder_isRefusedNamingTheFile() {
        assertThatThrownBy(() -> T5Config.from(parsed("{'is_decoder': true}")))
                .isInstanceOf(FolderException.class)
                .hasMessage("config.json: is_decoder: is true, which bottleneck4j does not support; it reads false");
    }

    @Test
    void llama_publishedConfig_isLlama3Of8Billion() {
        assertThat(LlamaConfig.from(GoldenTensors.json("manifests/hunyuan-video/text_encoder/config.json")))
                .isEqualTo(new LlamaConfig(
                        128320,
                        4096,
                        14336,
                        32,
                        32,
                        8,
                        128,
                        Activation.SILU,
                        1e-5,
                        new LlamaRope.Plain(500_000),
                        false,
                        false));
    }

    @Test
    void llama_emptyConfig_hasPythonDefaults() {
        assertThat(LlamaConfig.from(parsed("{}")))
                .isEqualTo(new LlamaConfig(
                        32000,
                        4096,
                        11008,
                        32,
                        32,
                        32,
                        128,
                        Activation.SILU,
                        1e-6,
                        new LlamaRope.Plain(10_000),
                        false,
                        false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'rope_theta': 5, 'rope_scaling': null}|Plain[theta=5.0]",
                "{'rope_parameters': {'rope_type': 'default', 'rope_theta': 5}}|Plain[theta=5.0]",
                "{'rope_theta': 7, 'rope_scaling': {'type': 'llama3', 'factor': 8, 'low_freq_factor': 1, 'high_freq_factor': 4,"
                        + " 'original_max_position_embeddings': 64}}"
                        + "|Llama3[theta=7.0, factor=8.0, lowFreqFactor=1.0, highFreqFactor=4.0,"
                        + " originalMaxPositionEmbeddings=64]",
                "{'max_position_embeddings': 9, 'rope_parameters': {'rope_type': 'llama3', 'factor': 8, 'low_freq_factor': 1,"
                        + " 'high_freq_factor': 4}}"
                        + "|Llama3[theta=10000.0, factor=8.0, lowFreqFactor=1.0, highFreqFactor=4.0,"
                        + " originalMaxPositionEmbeddings=9]"
            })
    void llama_ropeInEitherSpelling_isRead(String json, String rope) {
        assertThat(LlamaConfig.from(parsed(json)).rope()).hasToString(rope);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'hidden_act': 'tanh'}|hidden_act: must be one of quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, relu, silu,"
                        + " not 'tanh'",
                "{'hidden_size': 10, 'num_attention_heads': 4}|hidden_size: 10 is not a multiple of num_attention_heads 4",
                "{'num_attention_heads': 0}|num_attention_heads: must be at least 1, not 0",
                "{'num_key_value_heads': 3}|num_attention_heads: 32 is not a multiple of num_key_value_heads 3",
                "{'head_dim': 7}|head_dim: must be even, as positions turn pairs, not 7",
                "{'rms_norm_eps': 1}|rms_norm_eps: must be in [0, 1), not 1.0",
                "{'rope_theta': 0}|rope_theta: must be a finite number above 0, not 0.0",
                "{'rope_scaling': {'type': 'yarn'}}|rope_type: must be default or llama3, not 'yarn'",
                "{'rope_scaling': {'type': 'llama3', 'factor': 8, 'low_freq_factor': 4, 'high_freq_factor': 4}}"
                        + "|high_freq_factor: must be finite and above low_freq_factor 4.0, not 4.0"
            })
    void llama_badValue_saysWhatIsNeeded(String json, String message) {
        assertThatThrownBy(() -> LlamaConfig.from(parsed(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'rope_scaling': {'type': 'llama3'}}|config.json: factor: is missing",
                "{'rope_parameters': 3}|config.json: rope_parameters: must be an object, not 3"
            })
    void llama_ropeOfAnotherForm_isRefusedNamingTheFile(String json, String message) {
        assertThatThrownBy(() -> LlamaConfig.from(parsed(json)))
                .isInstanceOf(FolderException.class)
                .hasMessage(message);
    }

    @Test
    void qwen3_publishedConfig_isQwen3Of4Billion() {
        assertThat(Qwen3Config.from(GoldenTensors.json("manifests/qwen3-4b/config.json")))
                .isEqualTo(new Qwen3Config(
                        151_936,
                        2560,
                        9728,
                        36,
                        32,
                        8,
                        128,
                        Activation.SILU,
                        1e-6,
                        new LlamaRope.Plain(1_000_000),
                        false));
    }

    @Test
    void qwen3_emptyConfig_hasPythonDefaults() {
        Qwen3Config defaults = new Qwen3Config(
                151_936, 4096, 22_016, 32, 32, 32, 128, Activation.SILU, 1e-6, new LlamaRope.Plain(10_000), false);
        assertThat(Qwen3Config.from(parsed("{}"))).isEqualTo(defaults);
        // As it is written where nothing was chosen; null heads of keys and values are as many as those of queries.
        assertThat(Qwen3Config.from(parsed("{'use_sliding_window': false, 'sliding_window': 4096, 'layer_types': null,"
                        + " 'max_window_layers': 28, 'num_attention_heads': 32, 'num_key_value_heads': null}")))
                .isEqualTo(defaults);
        assertThat(Qwen3Config.from(parsed("{'num_attention_heads': 6, 'num_key_value_heads': null}"))
                        .numKeyValueHeads())
                .isEqualTo(6);
    }

    @Test
    void qwen3_everyLayerInFull_isAccepted() {
        assertThat(Qwen3Config.from(
                                parsed("{'num_hidden_layers': 2, 'layer_types': ['full_attention', 'full_attention']}"))
                        .numHiddenLayers())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'num_hidden_layers': 2, 'layer_types': ['full_attention', 'sliding_attention']}|layer_types: must be"
                        + " full_attention for each of the 2 layers, as no other kind is supported",
                "{'num_hidden_layers': 2, 'layer_types': ['full_attention']}|layer_types: must be full_attention for each"
                        + " of the 2 layers, as no other kind is supported",
                "{'num_attention_heads': 5}|num_attention_heads: 5 is not a multiple of num_key_value_heads 32",
                "{'head_dim': 5}|head_dim: must be even, as positions turn pairs, not 5",
                "{'hidden_size': 0}|hidden_size: must be at least 1, not 0",
                "{'rope_scaling': {'rope_type': 'yarn', 'factor': 4}}|rope_type: must be default or llama3, not 'yarn'"
            })
    void qwen3_badValue_saysWhatIsNeeded(String json, String message) {
        assertThatThrownBy(() -> Qwen3Config.from(parsed(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void qwen3_slidingWindow_isRefusedNamingTheFile() {
        assertThatThrownBy(() -> Qwen3Config.from(parsed("{'use_sliding_window': true}")))
                .isInstanceOf(FolderException.class)
                .hasMessage(
                        "config.json: use_sliding_window: is true, which bottleneck4j does not support; it reads false");
    }

    private static Config parsed(String json) {
        try {
            return new Config(Path.of("config.json"), new ObjectMapper().readTree(json.replace('\'', '"')), note -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
