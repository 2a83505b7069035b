/** Bottleneck sampling: schedules, stage plans and the loop that runs them; no model, prompt, file or thread. */
@NullMarked
package io.bottleneck4j.core.sampling;

import org.jspecify.annotations.NullMarked;
