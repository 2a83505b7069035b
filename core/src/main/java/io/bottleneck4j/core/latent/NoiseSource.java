package io.bottleneck4j.core.latent;

/**
 * Gaussian noise for the stages of one sampling run.
 *
 * <p>A source is made for one image and not shared: it is asked once per stage, in stage order, so that one seed fixes
 * the whole run.
 */
@FunctionalInterface
public interface NoiseSource {

    /**
     * Returns independent values of mean 0 and variance 1.
     *
     * @param shape the shape {@code [C, F, H, W]} to fill
     * @param stage index of the stage that starts, from 0
     */
    Latents standardNormal(LatentShape shape, int stage);
}
