/** The bundled judges of emoji-flux's pictures. */
@NullMarked
package io.bottleneck4j.emojijudge;

import org.jspecify.annotations.NullMarked;
