/** How far one picture is from another; pictures in, numbers out. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.metrics;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
