package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;

/** Reads a config.json; see {@link AutoencoderKlConfig#from}. */
final class AutoencoderKlConfigs {
    private AutoencoderKlConfigs() {}

    static AutoencoderKlConfig read(Config config) {
        return AutoencoderKlConfig.from(config);
    }
}
