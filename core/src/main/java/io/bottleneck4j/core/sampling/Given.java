package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What a run starts from, where that is not noise alone: a picture's.
 *
 * @param clean clean latents {@code [C, F, H, W]}; each stage takes them at its own size
 * @param mask which places may change, at any size; null for all
 */
@API(status = API.Status.INTERNAL)
public record Given(Latents clean, @Nullable Mask mask) {}
