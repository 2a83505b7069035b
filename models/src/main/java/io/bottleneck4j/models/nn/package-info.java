/** How layers follow each other, in all networks here. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.nn;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
