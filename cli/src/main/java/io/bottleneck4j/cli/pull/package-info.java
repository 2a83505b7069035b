/** {@code pull}: downloads a model into the local Hugging Face cache. */
@NullMarked
package io.bottleneck4j.cli.pull;

import org.jspecify.annotations.NullMarked;
