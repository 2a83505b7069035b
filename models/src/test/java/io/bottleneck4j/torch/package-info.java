/** Watches calls to libtorch from within its own package. */
@NullMarked
package io.bottleneck4j.torch;

import org.jspecify.annotations.NullMarked;
