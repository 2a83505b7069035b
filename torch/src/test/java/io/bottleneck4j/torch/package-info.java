@NullMarked
package io.bottleneck4j.torch;

import org.jspecify.annotations.NullMarked;
