/** Tensors on libtorch: the only package, with its sub-packages, that names native types. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.torch;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
