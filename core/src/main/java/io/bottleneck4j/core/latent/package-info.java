/** Latents, the values a diffusion model works on, with what resizes them and what fills them with noise. */
@API(status = API.Status.STABLE)
@NullMarked
package io.bottleneck4j.core.latent;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
