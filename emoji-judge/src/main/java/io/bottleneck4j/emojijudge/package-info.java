/** The bundled judges of emoji-flux's pictures. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.emojijudge;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
