@NullMarked
package io.bottleneck4j.examples;

import org.jspecify.annotations.NullMarked;
