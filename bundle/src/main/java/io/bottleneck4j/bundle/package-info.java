/** Unpacks the model folders that jars carry. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.bundle;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
