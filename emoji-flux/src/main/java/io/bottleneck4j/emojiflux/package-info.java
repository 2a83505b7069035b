/** The bundled model of pictures. */
@API(status = API.Status.STABLE)
@NullMarked
package io.bottleneck4j.emojiflux;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
