/** Runs of several plans as the paper's tables: means, intervals, and tests against one of them. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.report;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
