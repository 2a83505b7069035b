/** {@code evaluate}: benchmarks, scores, reports and studies. */
@NullMarked
package io.bottleneck4j.cli.evaluate;

import org.jspecify.annotations.NullMarked;
