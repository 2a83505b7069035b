package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.folder.Config;

/** Reads a config.json; see {@link FluxConfig#from}. */
final class FluxConfigs {
    private FluxConfigs() {}

    static FluxConfig read(Config config) {
        return FluxConfig.from(config);
    }
}
