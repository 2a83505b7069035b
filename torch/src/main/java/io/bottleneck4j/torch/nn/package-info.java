/** Layers that several models share; a layer only one model has stays with it. */
@NullMarked
package io.bottleneck4j.torch.nn;

import org.jspecify.annotations.NullMarked;
