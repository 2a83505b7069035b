/** Benchmarks: their prompts, and the folders that their own scripts read, made and checked. */
@NullMarked
package io.bottleneck4j.eval.benchmark;

import org.jspecify.annotations.NullMarked;
