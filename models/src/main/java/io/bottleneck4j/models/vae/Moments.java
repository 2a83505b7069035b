package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.function.Supplier;

/**
 * What the encoder knows of the latents of a picture or video: a normal distribution for each value. Source: diffusers
 * autoencoders/vae.py@0.42.1, DiagonalGaussianDistribution.
 *
 * @param mean [B, C, h, w], or [B, C, f, h, w]
 * @param logvar logarithm of the variance, of the same shape, within [-30, 20]
 */
public record Moments(Tensor mean, Tensor logvar) {
    private static final double MIN_LOGVAR = -30;
    private static final double MAX_LOGVAR = 20;

    /** Parts what an encoder returns, mean and logarithm of the variance one after the other [B, 2C, ..]. */
    static Moments of(Supplier<Tensor> encoded) {
        try (Scope scope = Scope.open()) {
            Tensor both = encoded.get();
            long channels = both.size(1) / 2;
            Tensor mean = scope.keep(both.until(1, channels).contiguous());
            Tensor logvar = scope.keep(clamped(both.from(1, channels).contiguous()));
            return new Moments(mean, logvar);
        }
    }

    /** Exact inside the bounds, where nothing is added. */
    private static Tensor clamped(Tensor logvar) {
        Tensor above = Ops.relu(logvar.add(-MAX_LOGVAR));
        Tensor below = Ops.relu(logvar.mul(-1).add(MIN_LOGVAR));
        return logvar.sub(above).add(below);
    }

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
