/** The bundled model: unpacks the diffusers folder that the jar carries. */
@NullMarked
package io.bottleneck4j.emojiflux;

import org.jspecify.annotations.NullMarked;
