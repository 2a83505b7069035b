/** Blind comparison by people: a page that asks, and what the answers say. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.study;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
