/** LoRA files of FLUX.1, in the forms that programs write them, and weights with them added. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.lora;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
