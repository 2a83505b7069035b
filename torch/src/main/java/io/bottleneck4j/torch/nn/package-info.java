/** Layers that several models share; a layer only one model has stays with it. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.torch.nn;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
