/** Wan 2.1 and 2.2: the configuration of their transformer, the transformer, and what a forward costs. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.wan;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
