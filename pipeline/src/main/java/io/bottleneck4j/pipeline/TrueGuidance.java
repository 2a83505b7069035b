package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.core.sampling.VelocityModel;
import java.util.function.DoubleUnaryOperator;

/**
 * Classifier-free guidance with two forwards a step: {@code negative + scale · (positive − negative)}.
 *
 * <p>With a patch, each token of the result is then made as long as the positive one is there: guidance turns it, and does not stretch it.
 * Source: diffusers pipeline_qwenimage.py@0.42.1.
 *
 * @param scale by noise level, mostly the same; diffusers' true_cfg_scale
 * @param patch cells along the side of a token's square; 0 to leave lengths as they come
 */
record TrueGuidance(VelocityModel positive, VelocityModel negative, DoubleUnaryOperator scale, int patch)
        implements VelocityModel {
    /** That leaves lengths as they come. */
    TrueGuidance(VelocityModel positive, VelocityModel negative, double scale) {
        this(positive, negative, sigma -> scale, 0);
    }

    @Override
    public Latents velocity(Latents x, double sigma) {
        Latents toward = positive.velocity(x, sigma);
        Latents away = negative.velocity(x, sigma);
        Latents guided = away.plus(scale.applyAsDouble(sigma), toward.plus(-1, away));
        return patch == 0 ? guided : asLong(guided, toward);
    }

    /** The values of one, each token made as long as it is in the other. */
    private Latents asLong(Latents guided, Latents other) {
        LatentShape shape = guided.shape();
        double[] wanted = squares(other);
        double[] had = squares(guided);
        float[] values = guided.values();
        for (int i = 0; i < values.length; i++) {
            int token = token(i, shape);
            values[i] *= had[token] == 0 ? 1 : (float) Math.sqrt(wanted[token] / had[token]);
        }
        return Latents.copyOf(shape, values);
    }

    /** The squared length of each token. */
    private double[] squares(Latents of) {
        LatentShape shape = of.shape();
        double[] sums = new double[shape.elements() / shape.channels()]; // more than there are tokens
        float[] values = of.values();
        for (int i = 0; i < values.length; i++) {
            sums[token(i, shape)] += (double) values[i] * values[i];
        }
        return sums;
    }

    /** The token that a value of [C, F, h, w] belongs to. */
    private int token(int value, LatentShape shape) {
        int cell = value % (shape.frames() * shape.height() * shape.width());
        int row = cell / shape.width() / patch; // frames follow each other
        return row * shape.width() + cell % shape.width() / patch;
    }

    /** Each of the two forwards has a cache of its own. */
    @Override
    public StepCache.Run within(StepCache.Inside cache, TimestepSchedule schedule) {
        StepCache.Run toward = positive.within(cache, schedule);
        StepCache.Run away = negative.within(cache, schedule);
        TrueGuidance both = new TrueGuidance(toward, away, scale, patch);
        return new StepCache.Run() {
            @Override
            public Latents velocity(Latents x, double sigma) {
                return both.velocity(x, sigma);
            }

            /** The greater part, where they decide differently. */
            @Override
            public Forward last() {
                return toward.last().compareTo(away.last()) <= 0 ? toward.last() : away.last();
            }
        };
    }
}
