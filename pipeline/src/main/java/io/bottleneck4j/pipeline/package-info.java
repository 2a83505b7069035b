/** From a prompt to a picture or video. */
@API(status = API.Status.STABLE)
@NullMarked
package io.bottleneck4j.pipeline;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
