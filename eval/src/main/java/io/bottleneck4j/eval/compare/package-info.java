/** The same prompts and seeds under several plans, side by side: a folder of pictures, a page, contact sheets and tables. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.compare;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
