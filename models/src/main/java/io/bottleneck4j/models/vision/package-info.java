/** Networks that look at pictures, as metrics use them: pictures and texts in, numbers out; nothing of diffusion. */
@NullMarked
package io.bottleneck4j.models.vision;

import org.jspecify.annotations.NullMarked;
