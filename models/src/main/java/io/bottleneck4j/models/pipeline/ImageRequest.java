package io.bottleneck4j.models.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * Everything that decides a picture, apart from the model and where it runs.
 *
 * @param guidance embedded guidance; without effect on models that have none
 * @param trueCfgScale classifier-free guidance with a second forward a step when above 1
 * @param negativePrompt steered away from when {@code trueCfgScale} is above 1; the empty prompt by default
 * @param seed of the noise, as {@code torch.Generator("cpu").manual_seed(seed)}
 * @param maxSequenceLength T5 tokens, padded or cut to this many
 */
public record ImageRequest(
        String prompt,
        String negativePrompt,
        double trueCfgScale,
        double guidance,
        long seed,
        ImagePlan plan,
        int maxSequenceLength) {

    /** T5 tokens at most, as in diffusers. */
    public static final int MAX_SEQUENCE_LENGTH = 512;

    public ImageRequest {
        requireFinite("guidance", guidance);
        requireFinite("true-cfg-scale", trueCfgScale);
        if (trueCfgScale < 1) {
            throw new IllegalArgumentException("true-cfg-scale: must be at least 1 (off), not " + trueCfgScale);
        }
        if (maxSequenceLength < 1 || maxSequenceLength > MAX_SEQUENCE_LENGTH) {
            throw new IllegalArgumentException(
                    "max-sequence-length: must be between 1 and " + MAX_SEQUENCE_LENGTH + ", not " + maxSequenceLength);
        }
    }

    private static void requireFinite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + ": must be a finite number, not " + value);
        }
    }

    /** Whether every step takes two forwards. */
    public boolean usesTrueCfg() {
        return trueCfgScale > 1;
    }

    /** Forwards of the transformer in all: one a step, two with classifier-free guidance. */
    public int forwards() {
        return plan.stages().forwards() * (usesTrueCfg() ? 2 : 1);
    }

    /** The same with another seed. */
    public ImageRequest withSeed(long other) {
        return new ImageRequest(prompt, negativePrompt, trueCfgScale, guidance, other, plan, maxSequenceLength);
    }

    /** Starts a request with defaults from a pipeline. */
    static Builder builder(FluxPipeline pipeline, String prompt) {
        return new Builder(pipeline, prompt);
    }

    /** Sets what differs from the model's defaults. */
    public static final class Builder {
        private final FluxPipeline pipeline;
        private final String prompt;
        private String negativePrompt = "";
        private double trueCfgScale = 1;
        private double guidance;
        private long seed;
        private @Nullable ImagePlan plan;
        private int maxSequenceLength;

        private Builder(FluxPipeline pipeline, String prompt) {
            this.pipeline = pipeline;
            this.prompt = prompt;
            this.guidance = pipeline.defaultGuidance();
            this.maxSequenceLength = pipeline.defaultMaxSequenceLength();
        }

        public Builder negativePrompt(String text) {
            negativePrompt = text;
            return this;
        }

        public Builder trueCfgScale(double scale) {
            trueCfgScale = scale;
            return this;
        }

        public Builder guidance(double value) {
            guidance = value;
            return this;
        }

        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** A plan from {@link FluxPipeline#planner()}; the model's bottleneck plan by default. */
        public Builder plan(ImagePlan value) {
            plan = value;
            return this;
        }

        public Builder maxSequenceLength(int tokens) {
            maxSequenceLength = tokens;
            return this;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException if a value is out of range
         */
        public ImageRequest build() {
            ImagePlan chosen = plan != null ? plan : pipeline.defaultPlan();
            return new ImageRequest(prompt, negativePrompt, trueCfgScale, guidance, seed, chosen, maxSequenceLength);
        }
    }
}
