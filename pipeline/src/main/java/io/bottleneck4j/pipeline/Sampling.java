package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.BottleneckSampler;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.VelocityModel;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A sampler's run with a transformer that takes one prompt at a time.
 *
 * @param bind the velocity of a prompt
 * @param free what it holds
 */
record Sampling<V extends VelocityModel>(Function<PromptEmbeds, V> bind, Consumer<V> free) {

    /** The clean latents of a request. */
    Latents run(ImageRequest request, Prompts prompts, SamplingListener listener) {
        PromptEmbeds away = prompts.negative();
        return with(
                prompts.positive(),
                positive -> away == null
                        ? sample(request, positive, listener)
                        : with(
                                away,
                                negative -> sample(
                                        request,
                                        new TrueGuidance(positive, negative, request.trueCfgScale()),
                                        listener)));
    }

    private Latents with(PromptEmbeds prompt, Function<V, Latents> work) {
        V velocity = bind.apply(prompt);
        try {
            return work.apply(velocity);
        } finally {
            free.accept(velocity);
        }
    }

    private static Latents sample(ImageRequest request, VelocityModel model, SamplingListener listener) {
        try (TorchNoise noise = new TorchNoise(request.seed())) {
            return new BottleneckSampler(request.plan().stages(), request.plan().resampler(), noise)
                    .sample(model, listener);
        }
    }
}
