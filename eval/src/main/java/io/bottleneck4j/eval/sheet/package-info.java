/** Contact sheets: pictures with labels in one picture. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.sheet;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
