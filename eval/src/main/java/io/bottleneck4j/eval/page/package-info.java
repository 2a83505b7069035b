/** A comparison as a page for a browser, which needs no network. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.page;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
