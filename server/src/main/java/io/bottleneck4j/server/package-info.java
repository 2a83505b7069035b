/** The server: settings, start and end. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.server;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
