package io.bottleneck4j.models.flux;

import io.bottleneck4j.torch.Tensor;

/** The two sequences of a double-stream block: img [1, Li, D] and txt [1, Lt, D]. */
record Streams(Tensor img, Tensor txt) {}
