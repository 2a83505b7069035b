/** The paper's ablations and more: named changes of a plan. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.ablation;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
