/** The bundled model of pictures. */
@NullMarked
package io.bottleneck4j.emojiflux;

import org.jspecify.annotations.NullMarked;
