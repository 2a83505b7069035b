@NullMarked
package io.bottleneck4j.models.cost;

import org.jspecify.annotations.NullMarked;
