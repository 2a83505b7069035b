/** HunyuanVideo's transformer: its configuration, text refiner and the velocity it predicts; no sampling loop. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.hunyuan;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
