/** HunyuanVideo-1.5: its configuration, its transformer of double-stream blocks, and what a forward costs. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.hunyuan15;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
