/** The bundled model of videos. */
@NullMarked
package io.bottleneck4j.emojivideo;

import org.jspecify.annotations.NullMarked;
