package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.text.ClipTextConfig;

/**
 * The shape of a CLIPModel.
 *
 * @param projectionDim width P of the features that both towers end in
 */
public record ClipConfig(ClipTextConfig text, ClipVisionConfig vision, int projectionDim) {

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
        try {
            return new ClipConfig(
                    ClipTextConfig.from(tower(config, "text_config")),
                    ClipVisionConfig.from(tower(config, "vision_config")),
                    config.intOr("projection_dim", 512));
        } catch (FolderException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new FolderException(config.file() + ": " + e.getMessage(), e);
        }
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
}
