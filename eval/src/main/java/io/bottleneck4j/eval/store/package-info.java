/** The folder of a comparison: what is in it already, and what is written to it. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.store;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
