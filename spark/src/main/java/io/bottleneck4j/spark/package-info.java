/** Pictures as a function over a Dataset of prompts, on a Spark cluster. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.spark;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
