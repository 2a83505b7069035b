/** {@code quantize}. */
@NullMarked
package io.bottleneck4j.cli.quantize;

import org.jspecify.annotations.NullMarked;
