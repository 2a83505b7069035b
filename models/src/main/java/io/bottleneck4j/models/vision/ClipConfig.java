package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.text.Activation;
import io.bottleneck4j.models.text.ClipEncoderLayer;
import io.bottleneck4j.models.text.ClipTextConfig;
import java.util.Set;

/**
 * The shape of a CLIPModel.
 *
 * @param projectionDim width P of the features that both towers end in
 */
public record ClipConfig(ClipTextConfig text, Vision vision, int projectionDim) {

    public ClipConfig {
        Bounds.positive("projection_dim", projectionDim, Bounds.WIDTH);
    }

    /**
     * Reads config.json; absent fields have the defaults of CLIPConfig. Source: transformers configuration_clip.py@5.23.0.
     *
     * @throws FolderException if it is of another model, or a value is one this library cannot follow
     */
    public static ClipConfig of(Config config) {
        if (!config.stringOr("model_type", "").equals("clip")) {
            throw new FolderException(config.file() + ": model_type: must be clip, not '"
                    + config.stringOr("model_type", "") + "'; give a CLIPModel's folder");
        }
        return config.as(it -> new ClipConfig(
                ClipTextConfig.from(tower(it, "text_config")),
                Vision.from(tower(it, "vision_config")),
                it.intOr("projection_dim", 512)));
    }

    /** Early files repeat settings under a second key, which then counts; the published ones agree. */
    private static Config tower(Config config, String key) {
        Config tower = config.objectOrEmpty(key);
        config.objectOrEmpty(key + "_dict").json().properties().forEach(entry -> {
            if (tower.has(entry.getKey()) && !tower.json().get(entry.getKey()).equals(entry.getValue())) {
                throw new FolderException(config.file() + ": " + key + " and " + key + "_dict differ in "
                        + entry.getKey() + "; make them agree");
            }
        });
        return tower;
    }

    /**
     * The shape of a CLIPVisionModel, in the words of its config.json.
     *
     * @param layer of every encoder layer
     * @param imageSize pixels of a picture's sides
     * @param patchSize pixels of a patch's sides, which divide the picture's
     */
    public record Vision(ClipEncoderLayer.Size layer, int numHiddenLayers, int imageSize, int patchSize) {

        public Vision {
            Bounds.positive("num_hidden_layers", numHiddenLayers, Bounds.LAYERS);
            Bounds.positive("patch_size", patchSize, Bounds.WIDTH);
            Bounds.positive("image_size", imageSize, Bounds.WIDTH);
            Bounds.multiple("image_size", imageSize, "patch_size", patchSize);
        }

        /**
         * Reads a vision_config; absent fields have CLIPVisionConfig's defaults. Source: transformers configuration_clip.py@5.23.0.
         */
        public static Vision from(Config config) {
            config.refuseUnless("num_channels", Set.of("3"));
            return new Vision(
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
}
