/** The folder of one plan's pictures on one benchmark: what is in it, read and written. */
@NullMarked
package io.bottleneck4j.eval.run;

import org.jspecify.annotations.NullMarked;
