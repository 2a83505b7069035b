/** {@code compare} and {@code ablate}. */
@NullMarked
package io.bottleneck4j.cli.compare;

import org.jspecify.annotations.NullMarked;
