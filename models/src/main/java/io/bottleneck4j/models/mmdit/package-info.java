/**
 * What the multimodal diffusion transformers have in common: blocks in which text and image (or video) attend to each other, their
 * modulation, position and number embeddings, latent patches. A family's configuration and whole model are in its own package.
 */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.mmdit;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
