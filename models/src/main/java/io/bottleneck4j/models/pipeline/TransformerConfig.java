package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;

/** A transformer's configuration, of one of the families. */
public sealed interface TransformerConfig {

    ModelFamily family();

    /** FLUX.1's. */
    record Flux(FluxConfig config) implements TransformerConfig {
        @Override
        public ModelFamily family() {
            return ModelFamily.FLUX;
        }
    }

    /** HunyuanVideo's. */
    record HunyuanVideo(HunyuanVideoConfig config) implements TransformerConfig {
        @Override
        public ModelFamily family() {
            return ModelFamily.HUNYUAN_VIDEO;
        }
    }
}
