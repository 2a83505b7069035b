/** {@code plan}, {@code presets} and {@code tune}: what plans do and cost. */
@NullMarked
package io.bottleneck4j.cli.plan;

import org.jspecify.annotations.NullMarked;
