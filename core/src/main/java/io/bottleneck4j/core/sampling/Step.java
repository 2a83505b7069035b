package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;

/**
 * What one finished step has made.
 *
 * @param at the place of the step in the run
 * @param sigma the noise level it started from
 * @param next the noise level it reached
 * @param x the latents {@code [C, F, H, W]} at {@code next}
 * @param clean the model's present guess of the clean latents {@code [C, F, H, W]}, good for a preview; equal to
 *     {@code x} when {@code next} is 0
 * @param forward what it ran of the model; never {@link Forward#OPEN}
 */
public record Step(Position at, double sigma, double next, Latents x, Latents clean, Forward forward) {}
