/** From a prompt to a picture: text, plan, sampling and decoding with a FLUX folder; no files written, no options parsed. */
@NullMarked
package io.bottleneck4j.models.pipeline;

import org.jspecify.annotations.NullMarked;
