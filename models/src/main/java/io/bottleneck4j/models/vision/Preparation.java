package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.torch.Tensor;
import java.util.List;

/** Makes pictures of any size what a vision model takes. */
interface Preparation {
    /** Every picture prepared, float32 [B, 3, S, S] on the CPU. */
    Tensor apply(List<Picture> pictures);
}
