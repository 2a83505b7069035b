package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;

/** Reads a config.json; see {@link HunyuanVideoConfig#from}. */
final class HunyuanVideoConfigs {
    private HunyuanVideoConfigs() {}

    static HunyuanVideoConfig read(Config config) {
        return HunyuanVideoConfig.from(config);
    }
}
