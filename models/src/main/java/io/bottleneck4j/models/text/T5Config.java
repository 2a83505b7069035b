package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.Set;

/**
 * The shape of a T5EncoderModel, or of a UMT5EncoderModel, in the words of its config.json.
 *
 * @param dModel width D of the states
 * @param dKv dimensions of one attention head, independent of {@code dModel}
 * @param dFf width of the feed-forward layers
 * @param relativeAttentionNumBuckets rows of the table of relative position biases, both directions together
 * @param relativeAttentionMaxDistance distance in tokens from which on all share a bucket
 * @param gated whether feed-forward layers multiply by a second projection (T5 1.1)
 * @param biasInEachLayer whether each layer has a table of relative position biases, as UMT5's, and not the first one alone
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
        boolean gated,
        boolean biasInEachLayer) {

    public T5Config {
        Bounds.positive("vocab_size", vocabSize, Bounds.TOKENS);
        Bounds.positive("d_model", dModel, Bounds.WIDTH);
        Bounds.positive("d_kv", dKv, Bounds.WIDTH);
        Bounds.positive("d_ff", dFf, 4 * Bounds.WIDTH);
        Bounds.positive("num_layers", numLayers, Bounds.LAYERS);
        Bounds.positive("num_heads", numHeads, Bounds.WIDTH);
        Bounds.epsilon("layer_norm_epsilon", layerNormEpsilon);
        if (relativeAttentionNumBuckets < 4) {
            throw new IllegalArgumentException(
                    "relative_attention_num_buckets: must be at least 4, not " + relativeAttentionNumBuckets);
        }
        Bounds.atMost("relative_attention_num_buckets", relativeAttentionNumBuckets, Bounds.WIDTH);
        if (relativeAttentionMaxDistance <= relativeAttentionNumBuckets / 4) {
            throw new IllegalArgumentException("relative_attention_max_distance: must exceed a quarter of the "
                    + relativeAttentionNumBuckets + " buckets, not be " + relativeAttentionMaxDistance);
        }
    }

    /**
     * Reads config.json; absent fields have T5Config's defaults. {@code dense_act_fn} and {@code is_gated_act}, where
     * written, win over {@code feed_forward_proj}. Source: transformers configuration_t5.py@5.23.0.
     */
    public static T5Config from(Config config) {
        TransformersKeys.requireType(config, "t5");
        return from(config, new T5Config(32128, 512, 64, 2048, 6, 8, 32, 128, 1e-6, Activation.RELU, false, false));
    }

    /** Reads config.json of a UMT5EncoderModel; absent fields have UMT5Config's defaults. Source: configuration_umt5.py@5.23.0. */
    public static T5Config umt5(Config config) {
        TransformersKeys.requireType(config, "umt5");
        return from(config, new T5Config(250112, 512, 64, 1024, 8, 6, 32, 128, 1e-6, Activation.GELU_NEW, true, true));
    }

    private static T5Config from(Config config, T5Config absent) {
        config.refuseUnless("is_decoder", Set.of("false"));
        String projection = config.stringOr("feed_forward_proj", absent.gated ? "gated-gelu" : "relu");
        if (!projection.matches("(gated-)?[^-]+")) {
            throw new IllegalArgumentException(
                    "feed_forward_proj: must be NAME or gated-NAME, as relu or gated-gelu, not "
                            + Excerpt.quoted(projection));
        }
        boolean gated = projection.startsWith("gated-");
        // T5 1.1 wrote "gelu" and meant the approximation.
        String act = projection.equals("gated-gelu") ? "gelu_new" : projection.substring(gated ? 6 : 0);
        String actKey = config.has("dense_act_fn") ? "dense_act_fn" : "feed_forward_proj";
        T5Config read = new T5Config(
                config.intOr("vocab_size", absent.vocabSize),
                config.intOr("d_model", absent.dModel),
                config.intOr("d_kv", absent.dKv),
                config.intOr("d_ff", absent.dFf),
                config.intOr("num_layers", absent.numLayers),
                config.intOr("num_heads", absent.numHeads),
                config.intOr("relative_attention_num_buckets", 32),
                config.intOr("relative_attention_max_distance", 128),
                config.doubleOr("layer_norm_epsilon", 1e-6),
                Activation.named(actKey, config.stringOr("dense_act_fn", act)),
                config.booleanOr("is_gated_act", gated),
                absent.biasInEachLayer);
        config.requireEqual("hidden_size", "d_model", read.dModel());
        config.requireEqual("num_attention_heads", "num_heads", read.numHeads());
        config.requireEqual("num_hidden_layers", "num_layers", read.numLayers());
        config.requireEqual("head_dim", "d_kv", read.dKv());
        TransformersKeys.account(
                config,
                absent.biasInEachLayer ? "UMT5Config" : "T5Config",
                "eos_token_id"); // which ends a text that is being written
        return read;
    }

    /** Width of queries, keys and values: heads × head dimension. */
    public int innerDim() {
        return numHeads * dKv;
    }
}
