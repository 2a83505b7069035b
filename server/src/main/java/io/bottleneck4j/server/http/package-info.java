/** What stands between a client and the jobs: fields, answers, events, errors, keys. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.server.http;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
