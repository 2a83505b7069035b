package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Config;

/**
 * The shape of a Qwen3Model, in the words of its config.json.
 *
 * @param hiddenSize width D of the states
 * @param intermediateSize width of the feed-forward layers
 * @param numKeyValueHeads heads of keys and values, each shared by several heads of queries
 * @param headDim dimensions of one attention head, whatever the width
 * @param rope how positions turn queries and keys
 * @param attentionBias whether the attention's projections have biases
 */
public record Qwen3Config(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int headDim,
        Activation hiddenAct,
        double rmsNormEps,
        LlamaRope rope,
        boolean attentionBias)
        implements DecoderConfig {

    public Qwen3Config {
        DecoderConfig.check(
                vocabSize,
                hiddenSize,
                intermediateSize,
                numHiddenLayers,
                numAttentionHeads,
                numKeyValueHeads,
                headDim,
                rmsNormEps);
    }

    /**
     * Reads config.json; absent fields have Qwen3Config's defaults. Source: transformers configuration_qwen3.py@5.23.0.
     *
     * @throws IllegalArgumentException if a number is out of range, or a layer's attention is not full
     * @throws io.bottleneck4j.models.folder.FolderException if a value is of another type, or asks for what is not supported
     */
    public static Qwen3Config from(Config config) {
        TransformersKeys.requireType(config, "qwen3");
        int heads = config.intOr("num_attention_heads", 32);
        Qwen3Config read = new Qwen3Config(
                config.intOr("vocab_size", 151_936),
                config.intOr("hidden_size", 4096),
                config.intOr("intermediate_size", 22_016),
                config.intOr("num_hidden_layers", 32),
                heads,
                DecoderConfig.keyValueHeads(config, heads, 32),
                config.intOr("head_dim", 128),
                Activation.named("hidden_act", config.stringOr("hidden_act", "silu")),
                config.doubleOr("rms_norm_eps", 1e-6),
                LlamaRope.from(config, "Qwen3Config"),
                config.booleanOr("attention_bias", false));
        DecoderConfig.requireFullAttention(config, read.numHiddenLayers());
        // They say how long a text may be, where one ends that is being written, and what a window is like that is not
        // used.
        TransformersKeys.account(
                config,
                "Qwen3Config",
                "max_position_embeddings",
                "eos_token_id",
                "sliding_window",
                "max_window_layers");
        return read;
    }

    @Override
    public boolean mlpBias() {
        return false;
    }

    @Override
    public boolean qkNorm() {
        return true;
    }
}
