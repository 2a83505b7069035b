/**
 * Caches of steps, each named after its paper: they stand between sampler and model and answer some steps without it. Plain Java; the two
 * that work inside a transformer's blocks have only their rules here.
 */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.core.cache;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
