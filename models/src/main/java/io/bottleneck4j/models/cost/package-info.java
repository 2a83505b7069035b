/** What a plan costs: FLOPs before anything runs, seconds once a machine was timed, and plans that meet a target. No tensors. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.cost;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
