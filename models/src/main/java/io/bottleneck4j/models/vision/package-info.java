/** Networks that look at pictures, as metrics use them: pictures and texts in, numbers out; nothing of diffusion. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.vision;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
