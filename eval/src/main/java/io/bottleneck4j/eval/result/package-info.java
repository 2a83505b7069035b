/** What a comparison is and what it has found so far; values, and no files but the names of pictures. */
@NullMarked
package io.bottleneck4j.eval.result;

import org.jspecify.annotations.NullMarked;
