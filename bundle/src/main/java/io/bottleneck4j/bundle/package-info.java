/** Unpacks the model folders that jars carry. */
@NullMarked
package io.bottleneck4j.bundle;

import org.jspecify.annotations.NullMarked;
