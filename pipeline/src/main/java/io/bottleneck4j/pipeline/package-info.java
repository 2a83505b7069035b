/** From a prompt to a picture or video. */
@NullMarked
package io.bottleneck4j.pipeline;

import org.jspecify.annotations.NullMarked;
