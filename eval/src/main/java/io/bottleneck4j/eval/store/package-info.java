/** The folder of a comparison: what is in it already, and what is written to it. */
@NullMarked
package io.bottleneck4j.eval.store;

import org.jspecify.annotations.NullMarked;
