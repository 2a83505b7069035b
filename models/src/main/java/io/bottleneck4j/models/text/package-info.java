/** From a prompt to what FLUX is conditioned on: tokenizers, and the CLIP and T5 text encoders. Nothing of diffusion. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.text;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
