/** From a prompt to what a transformer is conditioned on: tokenizers and text encoders (CLIP, T5, Llama, Qwen). Nothing of diffusion. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.text;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
