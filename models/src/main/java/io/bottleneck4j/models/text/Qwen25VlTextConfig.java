package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Config;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * The shape of a Qwen2_5_VLTextModel, in the words of its config.json: the half of Qwen2.5-VL that reads texts.
 *
 * @param hiddenSize width D of the states
 * @param intermediateSize width of the feed-forward layers
 * @param numKeyValueHeads heads of keys and values, each shared by several heads of queries
 * @param rope how positions turn queries and keys
 */
public record Qwen25VlTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        Activation hiddenAct,
        double rmsNormEps,
        LlamaRope rope)
        implements DecoderConfig {
    private static final String OWNER = "Qwen2_5_VLTextConfig";
    private static final String NESTED = "text_config";
    /** How long a text may be and where one ends, windows that are not used, and what is of pictures and videos, which no text has. */
    private static final String[] WITHOUT_EFFECT = {
        "max_position_embeddings",
        "eos_token_id",
        "sliding_window",
        "max_window_layers",
        "vision_config",
        "image_token_id",
        "video_token_id",
        "vision_token_id",
        "vision_start_token_id",
        "vision_end_token_id"
    };
    /** What older versions wrote a second time beside text_config, where Python does not look at it. */
    private static final String[] TWICE = {
        "vocab_size",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "num_key_value_heads",
        "hidden_act",
        "rms_norm_eps",
        "rope_theta",
        "rope_scaling",
        "rope_parameters",
        "use_sliding_window",
        "layer_types"
    };

    public Qwen25VlTextConfig {
        DecoderConfig.checkDivided(hiddenSize, numAttentionHeads);
        DecoderConfig.check(
                vocabSize,
                hiddenSize,
                intermediateSize,
                numHiddenLayers,
                numAttentionHeads,
                numKeyValueHeads,
                hiddenSize / numAttentionHeads,
                rmsNormEps);
    }

    /**
     * Reads config.json of a Qwen2.5-VL, in whose {@code text_config} these settings stand, or among the others where it is absent.
     * Absent fields have Qwen2_5_VLTextConfig's defaults. Source: transformers configuration_qwen2_5_vl.py@5.23.0.
     *
     * @throws IllegalArgumentException if a number is out of range, or a layer's attention is not full
     * @throws io.bottleneck4j.models.folder.FolderException if a value is of another type, or asks for what is not supported
     */
    public static Qwen25VlTextConfig from(Config config) {
        TransformersKeys.requireType(config, "qwen2_5_vl", "qwen2_5_vl_text");
        Config text = config.has(NESTED) ? config.objectOrEmpty(NESTED) : config;
        int heads = text.intOr("num_attention_heads", 64);
        Qwen25VlTextConfig read = new Qwen25VlTextConfig(
                text.intOr("vocab_size", 152_064),
                text.intOr("hidden_size", 8192),
                text.intOr("intermediate_size", 29_568),
                text.intOr("num_hidden_layers", 80),
                heads,
                DecoderConfig.keyValueHeads(text, heads, 8),
                Activation.named("hidden_act", text.stringOr("hidden_act", "silu")),
                text.doubleOr("rms_norm_eps", 1e-5),
                LlamaRope.ofTexts(text, OWNER));
        DecoderConfig.requireFullAttention(text, read.numHiddenLayers());
        TransformersKeys.account(text, OWNER, WITHOUT_EFFECT);
        if (text != config) {
            TransformersKeys.account(
                    config,
                    "Qwen2_5_VLConfig",
                    Stream.of(WITHOUT_EFFECT, TWICE).flatMap(Arrays::stream).toArray(String[]::new));
        }
        return read;
    }

    @Override
    public int headDim() {
        return hiddenSize / numAttentionHeads;
    }

    @Override
    public boolean attentionBias() {
        return true;
    }

    @Override
    public boolean outputBias() {
        return false;
    }

    @Override
    public boolean mlpBias() {
        return false;
    }

    @Override
    public boolean qkNorm() {
        return false;
    }
}
