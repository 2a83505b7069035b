/** The bundled model of videos. */
@API(status = API.Status.STABLE)
@NullMarked
package io.bottleneck4j.emojivideo;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
