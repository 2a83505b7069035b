@NullMarked
package io.bottleneck4j.cli;

import org.jspecify.annotations.NullMarked;
