/** Benchmarks: their prompts, and the folders that their own scripts read, made and checked. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.benchmark;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
