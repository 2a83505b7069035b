/** The prompt suite of the bundled model: what each picture must show, and whether it does. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.suite;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
