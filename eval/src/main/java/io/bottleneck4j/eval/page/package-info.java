/** A comparison as a page for a browser, which needs no network. */
@NullMarked
package io.bottleneck4j.eval.page;

import org.jspecify.annotations.NullMarked;
