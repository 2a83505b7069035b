/** Runs of several plans as the paper's tables: means, intervals, and tests against one of them. */
@NullMarked
package io.bottleneck4j.eval.report;

import org.jspecify.annotations.NullMarked;
