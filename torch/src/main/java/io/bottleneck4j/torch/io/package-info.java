/** Weights on disk: safetensors files, and the named tensors a model is built from. Nothing is downloaded. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.torch.io;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
