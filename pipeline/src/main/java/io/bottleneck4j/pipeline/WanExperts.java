package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.ChangeOver;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.models.mmdit.Beside;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import java.util.List;
import java.util.function.Function;

/**
 * Two transformers as one: each forward goes to that of its noise level, so that a stage that begins at more noise returns to the first.
 * One is loaded when a forward first asks for it. Source: diffusers pipeline_wan.py@0.42.1.
 *
 * @param change where in noise they change
 * @param high for the levels from there on
 * @param low for those below
 * @param oneByOne whether one is freed before the other is loaded
 */
record WanExperts(
        ChangeOver change, OnDemand<Model.Transformer> high, OnDemand<Model.Transformer> low, boolean oneByOne)
        implements Model.Transformer {
    @Override
    public BoundVelocity bind(PromptEmbeds prompt, double guidance, List<Double> sigmas) {
        return new Bound(prompt, guidance, sigmas);
    }

    private Model.Transformer at(double sigma) {
        boolean first = change.isBefore(sigma);
        if (oneByOne) {
            (first ? low : high).close();
        }
        return (first ? high : low).get();
    }

    /**
     * The text and the noise levels of a run, bound to the one that was asked last. What belongs to the other was freed, or would hold its
     * results of this text a second time.
     */
    private final class Bound implements BoundVelocity {
        private final PromptEmbeds prompt;
        private final double guidance;
        private final List<Double> sigmas;
        private double loudness;
        private LatentShape full = new LatentShape(1, 1, 1, 1);
        private Function<LatentShape, Beside> pictures = shape -> Beside.NOTHING;
        private boolean isFirst;
        private BoundVelocity bound;

        Bound(PromptEmbeds prompt, double guidance, List<Double> sigmas) {
            this.prompt = prompt;
            this.guidance = guidance;
            this.sigmas = sigmas;
            isFirst = change.isBefore(sigmas.get(0));
            bound = at(sigmas.get(0)).bind(prompt, guidance, sigmas);
        }

        private BoundVelocity to(double sigma) {
            if (isFirst != change.isBefore(sigma)) {
                BoundVelocity other = at(sigma).bind(prompt, guidance, sigmas);
                bound.close();
                bound = other;
                isFirst = !isFirst;
                bound.see(pictures);
                bound.amplifyText(loudness, full);
            }
            return bound;
        }

        @Override
        public Latents velocity(Latents x, double sigma) {
            return to(sigma).velocity(x, sigma);
        }

        /** A stage that changes over starts its cache anew there. */
        @Override
        public StepCache.Run within(StepCache.Inside cache, TimestepSchedule schedule) {
            return to(schedule.sigma(0)).within(cache, schedule);
        }

        @Override
        public void amplifyText(double scale, LatentShape size) {
            loudness = scale;
            full = size;
            bound.amplifyText(scale, size);
        }

        @Override
        public void see(Function<LatentShape, Beside> beside) {
            pictures = beside;
            bound.see(beside);
        }

        @Override
        public void close() {
            bound.close();
        }
    }
}
