package io.bottleneck4j.eval.score;

import io.bottleneck4j.models.vision.FeatureSet;
import io.bottleneck4j.models.vision.FrechetDistance;
import io.bottleneck4j.models.vision.KernelDistance;
import org.jspecify.annotations.Nullable;

/** How far a set of pictures is from another as a whole: pictures have no scores of their own. */
public sealed interface SetMetric {

    /** What it measures, as reports name it. */
    String name();

    /**
     * Asks whether there are pictures enough, before any is read.
     *
     * @throws IllegalArgumentException if there are not
     */
    void requireEnough(int pictures, int references);

    /** Computes it of Inception's features. */
    Value of(FeatureSet pictures, FeatureSet references);

    /** What must be said beside a value of these numbers of pictures; null if nothing must. */
    @Nullable
    String caution(int pictures, int references, int features);

    /**
     * A distance.
     *
     * @param deviation over subsets; null where there are none
     */
    record Value(double distance, @Nullable Double deviation) {}

    /**
     * FID. It has no bootstrap interval: pictures drawn twice make a set's covariance another one, so FIDs of resampled sets lie around a
     * larger value than the FID itself.
     */
    record Fid() implements SetMetric {
        @Override
        public String name() {
            return "fid";
        }

        @Override
        public void requireEnough(int pictures, int references) {
            FeatureSet.requireEnough(pictures, references);
        }

        @Override
        public Value of(FeatureSet pictures, FeatureSet references) {
            return new Value(FrechetDistance.between(pictures, references), null);
        }

        @Override
        public @Nullable String caution(int pictures, int references, int features) {
            int fewer = Math.min(pictures, references);
            return fewer > features
                    ? null
                    : fewer + " pictures do not determine a covariance of " + features
                            + " features: this FID is too large, the more so the fewer they are; compare it only with FIDs of"
                            + " as many pictures, or use kid";
        }
    }

    /** KID: the mean and standard deviation over random subsets. */
    record Kid(KernelDistance kernel) implements SetMetric {
        @Override
        public String name() {
            return "kid";
        }

        @Override
        public void requireEnough(int pictures, int references) {
            kernel.requireEnough(pictures, references);
        }

        @Override
        public Value of(FeatureSet pictures, FeatureSet references) {
            KernelDistance.Estimate estimate = kernel.between(pictures, references);
            return new Value(estimate.mean(), estimate.deviation());
        }

        @Override
        public @Nullable String caution(int pictures, int references, int features) {
            return null;
        }
    }
}
