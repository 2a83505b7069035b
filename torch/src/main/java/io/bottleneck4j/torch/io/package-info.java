/** Weights on disk: safetensors files, and the named tensors a model is built from. Nothing is downloaded. */
@NullMarked
package io.bottleneck4j.torch.io;

import org.jspecify.annotations.NullMarked;
