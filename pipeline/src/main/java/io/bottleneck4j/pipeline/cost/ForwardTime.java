package io.bottleneck4j.pipeline.cost;

import io.bottleneck4j.core.latent.LatentShape;
import java.time.Instant;

/**
 * How long a forward takes at one size.
 *
 * @param shape of the latents {@code [C, F, H, W]}
 * @param seconds the median, finite and above 0
 * @param samples forwards it is the median of, at least 1
 * @param date when
 */
public record ForwardTime(LatentShape shape, double seconds, int samples, Instant date) {
    public ForwardTime {
        if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("seconds: must be a finite number above 0, not " + seconds);
        }
        if (samples < 1) {
            throw new IllegalArgumentException("samples: must be at least 1, not " + samples);
        }
    }
}
