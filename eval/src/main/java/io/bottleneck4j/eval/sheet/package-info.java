/** Contact sheets: pictures with labels in one picture, drawn without Java2D. */
@NullMarked
package io.bottleneck4j.eval.sheet;

import org.jspecify.annotations.NullMarked;
