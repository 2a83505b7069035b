/** The prompt suite of the bundled model: what each picture must show, and whether it does. */
@NullMarked
package io.bottleneck4j.eval.suite;

import org.jspecify.annotations.NullMarked;
