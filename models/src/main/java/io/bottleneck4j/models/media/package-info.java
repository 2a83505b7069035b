/** Pictures and videos as bytes, and the files that hold them with the text of how they were made. No tensors. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.media;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
