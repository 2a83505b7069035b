/** What plans cost in FLOPs, seconds and bytes, and how many steps meet a budget. */
@NullMarked
package io.bottleneck4j.pipeline.cost;

import org.jspecify.annotations.NullMarked;
