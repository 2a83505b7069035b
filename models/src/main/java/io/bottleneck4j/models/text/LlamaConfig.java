package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Config;
import java.util.Set;

/**
 * The shape of a LlamaModel, in the words of its config.json.
 *
 * @param hiddenSize width D of the states
 * @param intermediateSize width of the feed-forward layers
 * @param numKeyValueHeads heads of keys and values, each shared by several heads of queries
 * @param headDim dimensions of one attention head
 * @param rope how positions turn queries and keys
 * @param attentionBias whether the attention's projections have biases
 * @param mlpBias whether the feed-forward layers have biases
 */
public record LlamaConfig(
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
        boolean attentionBias,
        boolean mlpBias)
        implements DecoderConfig {

    public LlamaConfig {
        DecoderConfig.checkDivided(hiddenSize, numAttentionHeads);
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

    /** Reads config.json; absent fields have LlamaConfig's defaults. Source: transformers configuration_llama.py@5.23.0. */
    public static LlamaConfig from(Config config) {
        TransformersKeys.requireType(config, "llama");
        int hiddenSize = config.intOr("hidden_size", 4096);
        int heads = config.intOr("num_attention_heads", 32);
        LlamaConfig read = new LlamaConfig(
                config.intOr("vocab_size", 32000),
                hiddenSize,
                config.intOr("intermediate_size", 11008),
                config.intOr("num_hidden_layers", 32),
                heads,
                config.intOr("num_key_value_heads", heads),
                config.intOr("head_dim", hiddenSize / Math.max(1, heads)),
                Activation.named("hidden_act", config.stringOr("hidden_act", "silu")),
                config.doubleOr("rms_norm_eps", 1e-6),
                LlamaRope.from(config, "LlamaConfig"),
                config.booleanOr("attention_bias", false),
                config.booleanOr("mlp_bias", false));
        config.refuseUnless("is_decoder", Set.of("false"));
        // The last two say how long a text may be, and where one ends that is being written.
        TransformersKeys.account(config, "LlamaConfig", "max_position_embeddings", "eos_token_id");
        return read;
    }

    @Override
    public boolean qkNorm() {
        return false;
    }
}
