/** Timings, printed as JSON; no assertions. */
@NullMarked
package io.bottleneck4j.benchmarks;

import org.jspecify.annotations.NullMarked;
