package io.bottleneck4j.pipeline;

import io.bottleneck4j.pipeline.plan.ImagePlan;
import java.util.function.Supplier;

/**
 * Everything that decides a picture, apart from the model and where it runs.
 *
 * @param guidance embedded guidance; without effect on models that have none
 * @param trueCfgScale classifier-free guidance with a second forward a step when above 1
 * @param negativePrompt steered away from when {@code trueCfgScale} is above 1; the empty prompt by default
 * @param seed of the noise, as {@code torch.Generator("cpu").manual_seed(seed)}
 * @param maxSequenceLength tokens of the longer text encoder, T5 or Llama, padded or cut to this many
 */
public record ImageRequest(
        String prompt,
        String negativePrompt,
        double trueCfgScale,
        double guidance,
        long seed,
        ImagePlan plan,
        int maxSequenceLength) {

    /** Tokens of that encoder at most; for FLUX as in diffusers. */
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

    /** The same under another plan. */
    public ImageRequest withPlan(ImagePlan other) {
        return new ImageRequest(prompt, negativePrompt, trueCfgScale, guidance, seed, other, maxSequenceLength);
    }

    /** Sets what differs from the model's defaults. */
    public static final class Builder extends RequestBuilder<Builder> {
        Builder(String prompt, double guidance, int maxSequenceLength, Supplier<ImagePlan> defaultPlan) {
            super(prompt, guidance, maxSequenceLength, defaultPlan);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException if a value is out of range
         */
        public ImageRequest build() {
            return image();
        }
    }
}
