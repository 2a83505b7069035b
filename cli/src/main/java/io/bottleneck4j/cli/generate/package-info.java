/** {@code generate} and {@code decode}. */
@NullMarked
package io.bottleneck4j.cli.generate;

import org.jspecify.annotations.NullMarked;
