/** Small programs that use the public API, each on a page. */
@NullMarked
package io.bottleneck4j.examples;

import org.jspecify.annotations.NullMarked;
