package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Tensor;

/** The two sequences of a double-stream block: img [1, Li, D], of an image or a video, and txt [1, Lt, D]. */
public record Streams(Tensor img, Tensor txt) {}
