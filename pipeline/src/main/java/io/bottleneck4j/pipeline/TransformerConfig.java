package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxFlops;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoFlops;

/** A transformer's configuration, of one of the families. */
public sealed interface TransformerConfig {

    ModelFamily family();

    /** FLOPs of its forwards, beside this many text tokens. */
    ForwardCost forwardCost(int textTokens);

    /** Image or video tokens of latents. */
    long imageTokens(LatentShape shape);

    /** FLUX.1's. */
    record Flux(FluxConfig config) implements TransformerConfig {
        @Override
        public ModelFamily family() {
            return ModelFamily.FLUX;
        }

        @Override
        public ForwardCost forwardCost(int textTokens) {
            return new FluxFlops(config, textTokens);
        }

        @Override
        public long imageTokens(LatentShape shape) {
            return FluxFlops.imageTokens(shape);
        }
    }

    /** HunyuanVideo's. */
    record HunyuanVideo(HunyuanVideoConfig config) implements TransformerConfig {
        @Override
        public ModelFamily family() {
            return ModelFamily.HUNYUAN_VIDEO;
        }

        @Override
        public ForwardCost forwardCost(int textTokens) {
            return new HunyuanVideoFlops(config, textTokens);
        }

        @Override
        public long imageTokens(LatentShape shape) {
            return HunyuanVideoFlops.videoTokens(config, shape);
        }
    }
}
