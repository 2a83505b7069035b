/** The registry of metrics. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
