/** Qwen-Image: its configuration, its transformer of double-stream blocks, and what a forward costs. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.qwenimage;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
