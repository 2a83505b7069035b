/** Plans: how users write them, which a model advises, and how they are fitted to a model's sizes. */
@API(status = API.Status.STABLE)
@NullMarked
package io.bottleneck4j.pipeline.plan;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
