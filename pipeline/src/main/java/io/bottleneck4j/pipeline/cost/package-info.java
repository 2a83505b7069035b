/** What plans cost in FLOPs, seconds and bytes, and how many steps meet a budget. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package io.bottleneck4j.pipeline.cost;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
