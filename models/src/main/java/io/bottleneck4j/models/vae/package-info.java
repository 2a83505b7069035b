/** The autoencoders between pictures or videos and latents, whole or in tiles. */
@NullMarked
package io.bottleneck4j.models.vae;

import org.jspecify.annotations.NullMarked;
