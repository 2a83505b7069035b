/** {@code inspect} and {@code env}. */
@NullMarked
package io.bottleneck4j.cli.inspect;

import org.jspecify.annotations.NullMarked;
