package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Tensor;

/** The order in which an activation lies in memory; its shape stays [B, C, H, W]. */
final class MemoryFormat {
    private MemoryFormat() {}

    /**
     * The channels of a pixel side by side. Convolutions then read their input as it lies, all later layers keep the order,
     * and attention sees its tokens without a copy.
     */
    static Tensor channelsLast(Tensor x) {
        return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
    }
}
