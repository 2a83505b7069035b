/** Latents, the values a diffusion model works on, with what resizes them and what fills them with noise. */
@NullMarked
package io.bottleneck4j.core.latent;

import org.jspecify.annotations.NullMarked;
