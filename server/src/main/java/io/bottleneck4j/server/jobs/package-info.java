/** Jobs: what is asked for, the queue, the workers, the store. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.server.jobs;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
