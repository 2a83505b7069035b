/** {@code serve}. */
@NullMarked
package io.bottleneck4j.cli.serve;

import org.jspecify.annotations.NullMarked;
