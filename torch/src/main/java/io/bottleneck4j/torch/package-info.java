/** Tensors on libtorch: the only package, with its sub-packages, that names native types. */
@NullMarked
package io.bottleneck4j.torch;

import org.jspecify.annotations.NullMarked;
