/** Tests of the whole module, and what its tests share. */
@NullMarked
package io.bottleneck4j.core;

import org.jspecify.annotations.NullMarked;
