package io.bottleneck4j.models.hunyuan15;

import io.bottleneck4j.models.folder.Config;
import java.util.Set;

/** How much a folder's guider asks for, which HunyuanVideo15Pipeline has in place of a scale. */
public final class Guider {
    /** Of the published models that are not distilled. */
    public static final double PUBLISHED = 6;

    private Guider() {}

    /**
     * The guidance that a ClassifierFreeGuidance's guider_config.json says, counted from the negative prompt; 1 for none. Source: diffusers
     * guiders/classifier_free_guidance.py@0.42.1, whose original formulation counts from the prompt.
     *
     * @throws IllegalArgumentException if it asks for less than none
     * @throws io.bottleneck4j.models.folder.FolderException if it asks for guidance in some steps alone, or of another norm
     */
    public static double trueCfgScale(Config config) {
        config.refuseUnless("guidance_rescale", Set.of("0", "0.0"));
        config.refuseUnless("start", Set.of("0", "0.0"));
        config.refuseUnless("stop", Set.of("1", "1.0"));
        double scale =
                config.doubleOr("guidance_scale", 7.5) + (config.booleanOr("use_original_formulation", false) ? 1 : 0);
        if (scale < 1) {
            throw new IllegalArgumentException(
                    "guidance_scale: must be at least that of no guidance, 1 (0 in the original formulation), not "
                            + config.doubleOr("guidance_scale", 7.5));
        }
        boolean enabled = config.booleanOr("enabled", true);
        config.account("ClassifierFreeGuidance", Set.of());
        return enabled ? scale : 1;
    }
}
