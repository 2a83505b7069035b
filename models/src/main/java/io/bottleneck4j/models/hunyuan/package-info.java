/** HunyuanVideo's transformer: its configuration, text refiner and the velocity it predicts; no sampling loop. */
@NullMarked
package io.bottleneck4j.models.hunyuan;

import org.jspecify.annotations.NullMarked;
