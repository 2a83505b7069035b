/** FLUX.1's transformer: its configuration, blocks, latent packing and the velocity it predicts; no sampling loop. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.flux;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
