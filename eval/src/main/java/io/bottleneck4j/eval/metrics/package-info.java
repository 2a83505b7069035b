/** How far one picture is from another; pictures in, numbers out. */
@NullMarked
package io.bottleneck4j.eval.metrics;

import org.jspecify.annotations.NullMarked;
