package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Tensor;

/**
 * What the encoder knows of a picture's latents: a normal distribution for each value. Source: diffusers
 * autoencoders/vae.py@0.42.1, DiagonalGaussianDistribution.
 *
 * @param mean [B, C, h, w]
 * @param logvar logarithm of the variance [B, C, h, w], within [-30, 20]
 */
public record Moments(Tensor mean, Tensor logvar) {
    /** The most probable latents. */
    public Tensor mode() {
        return mean;
    }

    /**
     * Latents drawn with this noise.
     *
     * @param noise standard normal values of the mean's shape and type
     */
    public Tensor sample(Tensor noise) {
        return scoped(() -> mean.addcmul(logvar.mul(0.5).exp(), noise));
    }
}
