@NullMarked
package io.bottleneck4j.models.folder;

import org.jspecify.annotations.NullMarked;
