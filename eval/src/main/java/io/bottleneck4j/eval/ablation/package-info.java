/** The paper's ablations and more: named changes of a plan. */
@NullMarked
package io.bottleneck4j.eval.ablation;

import org.jspecify.annotations.NullMarked;
