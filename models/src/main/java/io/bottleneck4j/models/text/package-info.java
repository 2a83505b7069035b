/** From a prompt to what FLUX is conditioned on: tokenizers, and the CLIP and T5 text encoders. Nothing of diffusion. */
@NullMarked
package io.bottleneck4j.models.text;

import org.jspecify.annotations.NullMarked;
