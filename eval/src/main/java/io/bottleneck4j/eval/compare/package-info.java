/** The same prompts and seeds under several plans, side by side: a folder of pictures, a page, contact sheets and tables. */
@NullMarked
package io.bottleneck4j.eval.compare;

import org.jspecify.annotations.NullMarked;
