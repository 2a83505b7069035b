/** Plans: how users write them, which a model advises, and how they are fitted to a model's sizes. */
@NullMarked
package io.bottleneck4j.pipeline.plan;

import org.jspecify.annotations.NullMarked;
