/** Metrics that judge pictures by a network: which pictures, which prompts, what is missing, and the mean with its interval. */
@NullMarked
package io.bottleneck4j.eval.score;

import org.jspecify.annotations.NullMarked;
