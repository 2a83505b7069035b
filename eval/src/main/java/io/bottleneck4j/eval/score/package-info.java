/** Metrics that judge pictures by a network: which pictures, which prompts, what is missing, and the mean with its interval. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.score;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
