/** What is served, where, to whom, and how much of it at most. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.server.settings;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
