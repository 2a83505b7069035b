/** HunyuanVideo's transformer: what its config.json says; nothing of sampling. */
@NullMarked
package io.bottleneck4j.models.hunyuan;

import org.jspecify.annotations.NullMarked;
