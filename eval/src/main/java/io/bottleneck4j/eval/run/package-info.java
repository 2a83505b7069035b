/** The folder of one plan's pictures on one benchmark: what is in it, read and written. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.run;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
