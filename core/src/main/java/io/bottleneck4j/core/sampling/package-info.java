/** Bottleneck sampling: schedules, stage plans and the loop that runs them; no model, prompt, file or thread. */
@API(status = API.Status.STABLE)
@NullMarked
package io.bottleneck4j.core.sampling;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
