package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;

/** The straight path between clean latents and noise that flow-matching models are trained on. */
public final class FlowMatching {

    private FlowMatching() {}

    /**
     * Returns (1 − sigma)·clean + sigma·noise.
     *
     * <p>Source: arXiv 2503.18940, Eq. 8.
     *
     * @param clean clean latents {@code [C, F, H, W]}
     * @param noise standard normal values of the same shape
     * @param sigma the noise level in [0, 1]: 0 gives {@code clean}, 1 gives {@code noise}
     * @throws IllegalArgumentException if {@code sigma} is outside [0, 1] or the shapes differ
     */
    public static Latents addNoise(Latents clean, Latents noise, double sigma) {
        if (!(sigma >= 0 && sigma <= 1)) {
            throw new IllegalArgumentException(
                    "sigma: %s is outside [0, 1]; use 1 for noise, 0 for clean".formatted(sigma));
        }
        return clean.times(1 - sigma).plus(sigma, noise);
    }
}
