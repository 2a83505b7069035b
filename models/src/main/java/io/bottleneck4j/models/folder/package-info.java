/** A diffusers folder on disk: which classes it names, their configuration, their weight files. */
@NullMarked
package io.bottleneck4j.models.folder;

import org.jspecify.annotations.NullMarked;
