/** The autoencoders between pictures or videos and latents, whole or in tiles. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.vae;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
