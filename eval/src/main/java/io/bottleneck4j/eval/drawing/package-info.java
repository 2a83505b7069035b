/** Pictures drawn without Java2D, which needs fonts of the system: rectangles, discs, letters. */
@NullMarked
package io.bottleneck4j.eval.drawing;

import org.jspecify.annotations.NullMarked;
