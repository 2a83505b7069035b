package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;

/** Reads a config.json; see {@link AutoencoderKlHunyuanVideoConfig#from}. */
final class AutoencoderKlHunyuanVideoConfigs {
    private AutoencoderKlHunyuanVideoConfigs() {}

    static AutoencoderKlHunyuanVideoConfig read(Config config) {
        return AutoencoderKlHunyuanVideoConfig.from(config);
    }
}
