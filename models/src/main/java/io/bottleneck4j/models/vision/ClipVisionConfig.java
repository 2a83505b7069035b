package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.text.Activation;
import io.bottleneck4j.models.text.ClipEncoderLayer;
import java.util.Set;

/**
 * The shape of a CLIPVisionModel, in the words of its config.json.
 *
 * @param layer of every encoder layer
 * @param imageSize pixels of a picture's sides
 * @param patchSize pixels of a patch's sides, which divide the picture's
 */
public record ClipVisionConfig(ClipEncoderLayer.Size layer, int numHiddenLayers, int imageSize, int patchSize) {

    public ClipVisionConfig {
        Bounds.positive("hidden_size", layer.hiddenSize(), Bounds.WIDTH);
        Bounds.positive("intermediate_size", layer.intermediateSize(), Bounds.WIDTH);
        Bounds.positive("num_attention_heads", layer.heads(), Bounds.WIDTH);
        Bounds.positive("num_hidden_layers", numHiddenLayers, Bounds.LAYERS);
        Bounds.positive("patch_size", patchSize, Bounds.WIDTH);
        Bounds.positive("image_size", imageSize, Bounds.WIDTH);
        Bounds.epsilon("layer_norm_eps", layer.eps());
        if (layer.hiddenSize() % layer.heads() != 0) {
            throw new IllegalArgumentException("hidden_size: " + layer.hiddenSize()
                    + " is not a multiple of num_attention_heads " + layer.heads());
        }
        if (imageSize % patchSize != 0) {
            throw new IllegalArgumentException(
                    "image_size: " + imageSize + " is not a multiple of patch_size " + patchSize);
        }
    }

    /**
     * Reads a vision_config; absent fields have CLIPVisionConfig's defaults. Source: transformers configuration_clip.py@5.23.0.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type
     */
    public static ClipVisionConfig from(Config config) {
        config.refuseUnless("num_channels", Set.of("3"));
        return new ClipVisionConfig(
                new ClipEncoderLayer.Size(
                        config.intOr("hidden_size", 768),
                        config.intOr("intermediate_size", 3072),
                        config.intOr("num_attention_heads", 12),
                        Activation.named("hidden_act", config.stringOr("hidden_act", "quick_gelu")),
                        config.doubleOr("layer_norm_eps", 1e-5)),
                config.intOr("num_hidden_layers", 12),
                config.intOr("image_size", 224),
                config.intOr("patch_size", 32));
    }

    /** Patches along one side. */
    int side() {
        return imageSize / patchSize;
    }
}
