package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * What the decoders of Llama and Qwen have in common: layers of causal attention, whose keys and values several heads share, and of gated
 * feed-forward, each normalised before. In the words of their config.json.
 */
sealed interface DecoderConfig permits LlamaConfig, Qwen3Config, Qwen25VlTextConfig {
    int vocabSize();

    /** Width D of the states. */
    int hiddenSize();

    int intermediateSize();

    int numHiddenLayers();

    int numAttentionHeads();

    int numKeyValueHeads();

    int headDim();

    Activation hiddenAct();

    double rmsNormEps();

    LlamaRope rope();

    /** Whether the projections of queries, keys and values have biases. */
    boolean attentionBias();

    /** Whether the projection of what was attended to has biases. */
    default boolean outputBias() {
        return attentionBias();
    }

    /** Whether the feed-forward layers have biases. */
    boolean mlpBias();

    /** Whether each head of queries and keys is normalised before positions turn it. */
    boolean qkNorm();

    /** Bounds of the numbers that all have. */
    static void check(
            int vocabSize,
            int hiddenSize,
            int intermediateSize,
            int numHiddenLayers,
            int numAttentionHeads,
            int numKeyValueHeads,
            int headDim,
            double rmsNormEps) {
        Bounds.positive("vocab_size", vocabSize, Bounds.TOKENS);
        Bounds.positive("hidden_size", hiddenSize, Bounds.WIDTH);
        Bounds.positive("intermediate_size", intermediateSize, 4 * Bounds.WIDTH);
        Bounds.positive("num_hidden_layers", numHiddenLayers, Bounds.LAYERS);
        Bounds.positive("num_attention_heads", numAttentionHeads, Bounds.WIDTH);
        Bounds.positive("num_key_value_heads", numKeyValueHeads, Bounds.WIDTH);
        Bounds.positive("head_dim", headDim, Bounds.WIDTH);
        Bounds.epsilon("rms_norm_eps", rmsNormEps);
        Bounds.multiple("num_attention_heads", numAttentionHeads, "num_key_value_heads", numKeyValueHeads);
        if (headDim % 2 != 0) {
            throw new IllegalArgumentException("head_dim: must be even, as positions turn pairs, not " + headDim);
        }
    }

    /** Bounds of a width that is divided among the heads. */
    static void checkDivided(int hiddenSize, int numAttentionHeads) {
        Bounds.positive("num_attention_heads", numAttentionHeads, Bounds.WIDTH);
        Bounds.multiple("hidden_size", hiddenSize, "num_attention_heads", numAttentionHeads);
    }

    /** Heads of keys and values in Qwen's: as many as of queries where null stands there, a class's own number where nothing does. */
    static int keyValueHeads(Config config, int heads, int absent) {
        String key = "num_key_value_heads";
        return config.intOr(key, config.json().has(key) ? heads : absent);
    }

    /**
     * Does nothing if every token of every layer looks at all earlier ones.
     *
     * @throws IllegalArgumentException if layers have windows, or another attention yet
     * @throws io.bottleneck4j.models.folder.FolderException if this is no encoder of texts
     */
    static void requireFullAttention(Config config, int layers) {
        config.refuseUnless("is_decoder", Set.of("false"));
        config.refuseUnless("use_sliding_window", Set.of("false"));
        List<String> kinds = config.stringsOr("layer_types", List.of());
        if (!kinds.isEmpty() && !kinds.equals(Collections.nCopies(layers, "full_attention"))) {
            throw new IllegalArgumentException("layer_types: must be full_attention for each of the " + layers
                    + " layers, as no other kind is supported");
        }
    }
}
