/** Spring AI's ImageModel, run in this process. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package io.bottleneck4j.springai;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
