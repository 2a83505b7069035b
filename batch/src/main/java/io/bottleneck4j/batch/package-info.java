/** A table of prompts to a folder of pictures or videos, by the million. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.batch;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
