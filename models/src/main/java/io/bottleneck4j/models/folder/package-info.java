/** A diffusers folder on disk: which classes it names, their configuration, their weight files. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.models.folder;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
