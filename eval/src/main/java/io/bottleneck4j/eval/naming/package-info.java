/** How values are named on a command line and in files. */
@NullMarked
package io.bottleneck4j.eval.naming;

import org.jspecify.annotations.NullMarked;
