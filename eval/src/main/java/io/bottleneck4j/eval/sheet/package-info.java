/** Contact sheets: pictures with labels in one picture. */
@NullMarked
package io.bottleneck4j.eval.sheet;

import org.jspecify.annotations.NullMarked;
