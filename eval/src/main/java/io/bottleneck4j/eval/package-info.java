/** The registry of metrics. */
@NullMarked
package io.bottleneck4j.eval;

import org.jspecify.annotations.NullMarked;
