/** Blind comparison by people: a page that asks, and what the answers say. */
@NullMarked
package io.bottleneck4j.eval.study;

import org.jspecify.annotations.NullMarked;
