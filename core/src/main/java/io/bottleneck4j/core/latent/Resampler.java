package io.bottleneck4j.core.latent;

/** A way to change the height and width of latents; {@link Resamplers} has the usual ones. */
@FunctionalInterface
public interface Resampler {

    /**
     * Returns the latents at another height and width, each channel and frame on its own.
     *
     * @param latents the latents {@code [C, F, H, W]}
     * @param target the wanted shape {@code [C, F, H', W']}, with the same channels and frames
     * @throws IllegalArgumentException if the channels or frames differ
     */
    Latents resize(Latents latents, LatentShape target);
}
