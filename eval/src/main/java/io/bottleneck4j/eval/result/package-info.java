/** What a comparison is and what it has found so far; values, and no files but the names of pictures. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.result;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
