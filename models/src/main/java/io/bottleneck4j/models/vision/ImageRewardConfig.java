package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.util.Set;

/**
 * The shape of an ImageReward model, in the words of BLIP: config.json as {@code tools/convert_metric.py} writes it.
 *
 * @param maxLength most tokens of a prompt, those that begin and end it included
 */
public record ImageRewardConfig(Vision vision, Text text, int maxLength) {

    /**
     * The vision transformer.
     *
     * @param imageSize pixels of a picture's sides
     * @param patchSize pixels of a patch's sides
     * @param embedDim width of the states
     */
    public record Vision(int imageSize, int patchSize, int embedDim, int depth, int numHeads) {}

    /**
     * The text encoder.
     *
     * @param encoderWidth width of the picture's states
     */
    public record Text(
            int vocabSize,
            int hiddenSize,
            int intermediateSize,
            int numHiddenLayers,
            int numAttentionHeads,
            int maxPositionEmbeddings,
            double layerNormEps,
            int encoderWidth) {}

    public ImageRewardConfig {
        Bounds.atMost("depth", vision.depth(), Bounds.LAYERS);
        Bounds.atMost("num_hidden_layers", text.numHiddenLayers(), Bounds.LAYERS);
        Bounds.multiple("image_size", vision.imageSize(), "patch_size", vision.patchSize());
        Bounds.multiple("embed_dim", vision.embedDim(), "num_heads", vision.numHeads());
        Bounds.multiple("hidden_size", text.hiddenSize(), "num_attention_heads", text.numAttentionHeads());
        if (text.encoderWidth() != vision.embedDim()) {
            throw new IllegalArgumentException("encoder_width: must be the vision model's embed_dim, "
                    + vision.embedDim() + ", not " + text.encoderWidth());
        }
        if (maxLength < 2 || maxLength > text.maxPositionEmbeddings()) {
            throw new IllegalArgumentException("max_length: must be 2 to max_position_embeddings, "
                    + text.maxPositionEmbeddings() + ", not " + maxLength);
        }
    }

    /** Reads config.json, where every field must be there; refuses that of another model. */
    public static ImageRewardConfig of(Config config) {
        if (!config.stringOr("model_type", "").equals("image-reward")) {
            throw new FolderException(config.file() + ": model_type: must be image-reward, not '"
                    + config.stringOr("model_type", "") + "'; make the folder with tools/convert_metric.py");
        }
        Config vision = config.objectOrEmpty("vision");
        Config text = config.objectOrEmpty("text");
        text.refuseUnless("hidden_act", Set.of("gelu"));
        return config.as(it -> new ImageRewardConfig(
                new Vision(
                        vision.requireInt("image_size"),
                        vision.requireInt("patch_size"),
                        vision.requireInt("embed_dim"),
                        vision.requireInt("depth"),
                        vision.requireInt("num_heads")),
                new Text(
                        text.requireInt("vocab_size"),
                        text.requireInt("hidden_size"),
                        text.requireInt("intermediate_size"),
                        text.requireInt("num_hidden_layers"),
                        text.requireInt("num_attention_heads"),
                        text.requireInt("max_position_embeddings"),
                        text.requireDouble("layer_norm_eps"),
                        text.requireInt("encoder_width")),
                text.requireInt("max_length")));
    }
}
