/** FLUX.1's transformer: its configuration, blocks, latent packing and the velocity it predicts; no sampling loop. */
@NullMarked
package io.bottleneck4j.models.flux;

import org.jspecify.annotations.NullMarked;
