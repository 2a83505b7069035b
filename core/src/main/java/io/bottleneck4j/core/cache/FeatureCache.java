package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.core.sampling.VelocityModel;
import java.util.List;

/**
 * Computes some steps and predicts the others from them: one tensor is remembered, and what runs is known beforehand.
 *
 * @param rhythm which steps are computed
 * @param predictor makes the others
 * @param feature what is remembered and predicted
 */
public record FeatureCache(Rhythm rhythm, Predictor predictor, Feature feature) implements OverFeature {

    @Override
    public List<Forward> forwards(int steps) {
        return rhythm.forwards(steps, Forward.SKIPPED);
    }

    @Override
    public StepCache part(int from, int to) {
        return new FeatureCache(rhythm.part(from, to), predictor, feature);
    }

    @Override
    public Run over(VelocityModel model, TimestepSchedule schedule) {
        List<Forward> forwards = forwards(schedule.steps());
        return new Run() {
            private final History history = new History(leading(forwards));
            private int step = -1;

            @Override
            public Latents velocity(Latents x, double sigma) {
                step++;
                double level = schedule.sigma(step); // a model may be told two levels as one
                if (last() == Forward.SKIPPED) {
                    return predictor.predict(history, step, level);
                }
                Latents feature = model.velocity(x, sigma);
                history.add(step, level, feature);
                return feature;
            }

            @Override
            public Forward last() {
                return forwards.get(step);
            }
        };
    }

    private static int leading(List<Forward> forwards) {
        int skipped = forwards.indexOf(Forward.SKIPPED);
        return skipped < 0 ? forwards.size() : skipped;
    }

    /** Returns its spelling, as {@link Caches#parse} reads it. */
    @Override
    public String toString() {
        return Caches.spelling(this);
    }
}
