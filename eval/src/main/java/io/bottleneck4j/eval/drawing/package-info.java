/** Pictures drawn without Java2D, which needs fonts of the system: rectangles, discs, letters. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.drawing;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
