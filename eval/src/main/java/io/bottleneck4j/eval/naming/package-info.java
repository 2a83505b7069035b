/** How values are named on a command line and in files. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.naming;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
