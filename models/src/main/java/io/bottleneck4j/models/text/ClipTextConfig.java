package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The shape of a CLIPTextModel, in the words of its config.json.
 *
 * @param hiddenSize width D of the states
 * @param intermediateSize width of the feed-forward layers
 * @param maxPositionEmbeddings most tokens of a prompt, start and end included
 * @param eosTokenId which token's state is the pooled one; 2 means the largest id of the prompt
 */
public record ClipTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        Activation hiddenAct,
        double layerNormEps,
        int eosTokenId) {

    public ClipTextConfig {
        EncoderFields.requirePositive("vocab_size", vocabSize);
        EncoderFields.requirePositive("hidden_size", hiddenSize);
        EncoderFields.requirePositive("intermediate_size", intermediateSize);
        EncoderFields.requirePositive("num_hidden_layers", numHiddenLayers);
        EncoderFields.requirePositive("num_attention_heads", numAttentionHeads);
        EncoderFields.requirePositive("max_position_embeddings", maxPositionEmbeddings);
        EncoderFields.requireEpsilon("layer_norm_eps", layerNormEps);
        if (hiddenSize % numAttentionHeads != 0) {
            throw new IllegalArgumentException("hidden_size: " + hiddenSize
                    + " is not a multiple of num_attention_heads " + numAttentionHeads + "; check config.json");
        }
    }

    /**
     * Reads config.json; absent fields have CLIPTextConfig's defaults. Source: transformers configuration_clip.py@5.23.0.
     *
     * @throws IllegalArgumentException if a field has a value this library cannot follow
     */
    public static ClipTextConfig from(JsonNode config) {
        EncoderFields fields = new EncoderFields(config);
        return new ClipTextConfig(
                fields.integer("vocab_size", 49408),
                fields.integer("hidden_size", 512),
                fields.integer("intermediate_size", 2048),
                fields.integer("num_hidden_layers", 12),
                fields.integer("num_attention_heads", 8),
                fields.integer("max_position_embeddings", 77),
                Activation.named("hidden_act", fields.text("hidden_act", "quick_gelu")),
                fields.number("layer_norm_eps", 1e-5),
                fields.integer("eos_token_id", 49407));
    }

    /** Dimensions of one attention head. */
    public int headDim() {
        return hiddenSize / numAttentionHeads;
    }
}
