package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.latent.CosineTransform;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;

/** Makes what a skipped step would have computed from what computed steps have. */
public sealed interface Predictor {

    /** Returns the feature at a step after the latest computed one. */
    Latents predict(History history, int step, double sigma);

    /** Returns its name as users write it. */
    String name();

    /** The latest feature as it is. Source: arXiv 2407.01425 (FORA), at the end of the model instead of each layer. */
    record Reuse() implements Predictor {
        @Override
        public Latents predict(History history, int step, double sigma) {
            return history.latest().feature();
        }

        @Override
        public String name() {
            return "reuse";
        }
    }

    /**
     * A Taylor series in steps, with differences for derivatives. Source: arXiv 2503.06923 (TaylorSeer); at the end of the model instead of
     * each layer it is diffusers' TaylorSeer-lite.
     *
     * <p>Not above the first order: stages are short, and at few steps higher orders break down.
     *
     * @param order 0 or 1
     */
    record Taylor(int order) implements Predictor {

        /**
         * Checks the order.
         *
         * @throws IllegalArgumentException if it is neither 0 nor 1
         */
        public Taylor {
            if (order != 0 && order != 1) {
                throw new IllegalArgumentException(
                        "order: %s is neither 0 nor 1; stages are too short for more".formatted(order));
            }
        }

        @Override
        public Latents predict(History history, int step, double sigma) {
            History.Computed latest = history.latest();
            if (order == 0 || history.size() < 2) {
                return latest.feature();
            }
            History.Computed before = history.before(1);
            double part = (double) (step - latest.step()) / (latest.step() - before.step());
            return latest.feature().plus(part, latest.feature().plus(-1, before.feature()));
        }

        @Override
        public String name() {
            return "taylor";
        }
    }

    /** A straight line in sigma through the two latest features: as {@link Taylor}, but heeding that steps are not equally long. */
    record Linear() implements Predictor {
        @Override
        public Latents predict(History history, int step, double sigma) {
            History.Computed latest = history.latest();
            if (history.size() < 2) {
                return latest.feature();
            }
            History.Computed before = history.before(1);
            double part = (sigma - latest.sigma()) / (latest.sigma() - before.sigma());
            return latest.feature().plus(part, latest.feature().plus(-1, before.feature()));
        }

        @Override
        public String name() {
            return "linear";
        }
    }

    /**
     * Low frequencies as they were, high ones by Hermite polynomials: layout changes little from step to step, detail much. Source: arXiv
     * 2510.08669 (FreqCa); Tammytcl/FreqCa@e0a4bf3, cache_utils.py.
     *
     * @param cut where low frequencies end, as a part of the highest, in [0, 1]
     * @param order of the polynomials, 1 or 2
     */
    record FreqCa(double cut, int order) implements Predictor {

        /** Scale of the Hermite polynomials' argument, as released. */
        private static final double CONTRACTION = 0.71;

        /**
         * Checks both.
         *
         * @throws IllegalArgumentException if one is out of range
         */
        public FreqCa {
            if (!(cut >= 0 && cut <= 1)) {
                throw new IllegalArgumentException("cut: %s is outside [0, 1]; 0.1 is usual".formatted(cut));
            }
            if (order != 1 && order != 2) {
                throw new IllegalArgumentException("order: %s is neither 1 nor 2; 2 is usual".formatted(order));
            }
        }

        @Override
        public Latents predict(History history, int step, double sigma) {
            Latents latest = history.latest().feature();
            double d = step - history.latest().step();
            Latents high = latest;
            if (history.size() >= 2) {
                double x = CONTRACTION * d;
                high = high.plus(2 * x * CONTRACTION, history.slope());
                if (order == 2 && history.hasCurvature()) {
                    high = high.plus((4 * x * x - 2) * CONTRACTION * CONTRACTION / 2, history.curvature());
                }
            }
            return mix(latest, high);
        }

        /** Low frequencies of one, high ones of the other. */
        private Latents mix(Latents low, Latents high) {
            Latents change = CosineTransform.forward(high.plus(-1, low)); // linear, so one transform serves
            LatentShape shape = low.shape();
            float[] values = change.values();
            double limit = cut * Math.hypot(shape.height() - 1.0, shape.width() - 1.0);
            for (int i = 0; i < values.length; i++) {
                int v = i % shape.width();
                int u = i / shape.width() % shape.height();
                if (Math.hypot(u, v) <= limit) {
                    values[i] = 0;
                }
            }
            return low.plus(1, CosineTransform.inverse(Latents.copyOf(shape, values)));
        }

        @Override
        public String name() {
            return "freqca";
        }
    }
}
