package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The shape of a T5EncoderModel, in the words of its config.json.
 *
 * @param dModel width D of the states
 * @param dKv dimensions of one attention head, independent of {@code dModel}
 * @param dFf width of the feed-forward layers
 * @param relativeAttentionNumBuckets rows of the table of relative position biases, both directions together
 * @param relativeAttentionMaxDistance distance in tokens from which on all share a bucket
 * @param gated whether feed-forward layers multiply by a second projection (T5 1.1)
 */
public record T5Config(
        int vocabSize,
        int dModel,
        int dKv,
        int dFf,
        int numLayers,
        int numHeads,
        int relativeAttentionNumBuckets,
        int relativeAttentionMaxDistance,
        double layerNormEpsilon,
        Activation denseAct,
        boolean gated) {

    public T5Config {
        EncoderFields.requirePositive("vocab_size", vocabSize);
        EncoderFields.requirePositive("d_model", dModel);
        EncoderFields.requirePositive("d_kv", dKv);
        EncoderFields.requirePositive("d_ff", dFf);
        EncoderFields.requirePositive("num_layers", numLayers);
        EncoderFields.requirePositive("num_heads", numHeads);
        EncoderFields.requireEpsilon("layer_norm_epsilon", layerNormEpsilon);
        if (relativeAttentionNumBuckets < 4) {
            throw new IllegalArgumentException("relative_attention_num_buckets: must be at least 4, not "
                    + relativeAttentionNumBuckets + "; check config.json");
        }
        if (relativeAttentionMaxDistance <= relativeAttentionNumBuckets / 4) {
            throw new IllegalArgumentException("relative_attention_max_distance: must exceed a quarter of the "
                    + relativeAttentionNumBuckets + " buckets, not be " + relativeAttentionMaxDistance
                    + "; check config.json");
        }
    }

    /**
     * Reads config.json; absent fields have T5Config's defaults. {@code dense_act_fn} and {@code is_gated_act}, where
     * written, win over {@code feed_forward_proj}. Source: transformers configuration_t5.py@5.23.0.
     *
     * @throws IllegalArgumentException if a field has a value this library cannot follow
     */
    public static T5Config from(JsonNode config) {
        EncoderFields fields = new EncoderFields(config);
        if (fields.flag("is_decoder", false)) {
            throw new IllegalArgumentException("is_decoder: must be false for an encoder; check config.json");
        }
        String projection = fields.text("feed_forward_proj", "relu");
        if (!projection.matches("(gated-)?[^-]+")) {
            throw new IllegalArgumentException(
                    "feed_forward_proj: must be NAME or gated-NAME, not '" + projection + "'; use relu or gated-gelu");
        }
        boolean gated = projection.startsWith("gated-");
        // T5 1.1 wrote "gelu" and meant the approximation.
        String act = projection.equals("gated-gelu") ? "gelu_new" : projection.substring(gated ? 6 : 0);
        String actKey = config.has("dense_act_fn") ? "dense_act_fn" : "feed_forward_proj";
        return new T5Config(
                fields.integer("vocab_size", 32128),
                fields.integer("d_model", 512),
                fields.integer("d_kv", 64),
                fields.integer("d_ff", 2048),
                fields.integer("num_layers", 6),
                fields.integer("num_heads", 8),
                fields.integer("relative_attention_num_buckets", 32),
                fields.integer("relative_attention_max_distance", 128),
                fields.number("layer_norm_epsilon", 1e-6),
                Activation.named(actKey, fields.text("dense_act_fn", act)),
                fields.flag("is_gated_act", gated));
    }

    /** Width of queries, keys and values: heads × head dimension. */
    public int innerDim() {
        return numHeads * dKv;
    }
}
