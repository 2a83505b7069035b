package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import java.util.Set;

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
        Bounds.positive("vocab_size", vocabSize, Bounds.TOKENS);
        Bounds.positive("num_hidden_layers", numHiddenLayers, Bounds.LAYERS);
        Bounds.positive("max_position_embeddings", maxPositionEmbeddings, Bounds.TOKENS);
        new ClipEncoderLayer.Size(hiddenSize, intermediateSize, numAttentionHeads, hiddenAct, layerNormEps); // checks
    }

    /**
     * Reads config.json; absent fields have CLIPTextConfig's defaults. That of a whole CLIP has them under {@code text_config}. Source:
     * transformers configuration_clip.py@5.23.0.
     */
    public static ClipTextConfig from(Config whole) {
        TransformersKeys.requireType(whole, "clip_text_model", "clip");
        Config config = whole.has("text_config") ? whole.objectOrEmpty("text_config") : whole;
        ClipTextConfig read = new ClipTextConfig(
                config.intOr("vocab_size", 49408),
                config.intOr("hidden_size", 512),
                config.intOr("intermediate_size", 2048),
                config.intOr("num_hidden_layers", 12),
                config.intOr("num_attention_heads", 8),
                config.intOr("max_position_embeddings", 77),
                Activation.named("hidden_act", config.stringOr("hidden_act", "quick_gelu")),
                config.doubleOr("layer_norm_eps", 1e-5),
                config.intOr("eos_token_id", 49407));
        config.refuseUnless("is_decoder", Set.of("false"));
        TransformersKeys.account(
                config, "CLIPTextConfig", "projection_dim"); // which is of the text's feature, after this model
        return read;
    }

    ClipEncoderLayer.Size layer() {
        return new ClipEncoderLayer.Size(hiddenSize, intermediateSize, numAttentionHeads, hiddenAct, layerNormEps);
    }
}
