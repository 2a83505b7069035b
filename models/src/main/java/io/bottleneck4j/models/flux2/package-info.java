/** FLUX.2: its configuration, its transformer, and what a forward costs. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.flux2;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
