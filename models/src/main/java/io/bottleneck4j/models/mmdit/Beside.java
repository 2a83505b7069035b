package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.core.latent.Latents;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What a transformer sees beside noisy latents of one size: clean latents of a picture, which no step changes.
 *
 * @param channels [C', F, h, w] of the same size, joined to the noisy ones as more channels; null for none. FLUX.1-Fill
 * @param reference [C, F', h', w'] of any size, whose tokens follow the noisy ones; null for none. FLUX.1-Kontext
 */
@API(status = API.Status.INTERNAL)
public record Beside(@Nullable Latents channels, @Nullable Latents reference) {
    /** The noisy latents alone. */
    public static final Beside NOTHING = new Beside(null, null);
}
