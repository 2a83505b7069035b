/** The autoencoder between pictures and latents: AutoencoderKL, whole or in tiles. */
@NullMarked
package io.bottleneck4j.models.vae;

import org.jspecify.annotations.NullMarked;
