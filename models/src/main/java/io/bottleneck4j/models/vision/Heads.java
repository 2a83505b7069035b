package io.bottleneck4j.models.vision;

import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Tensor;

/** Attention of several heads over projections that hold them side by side. */
final class Heads {
    private Heads() {}

    /** q [B, Lq, D], k and v [B, Lk, D] → [B, Lq, D]. */
    static Tensor attention(Tensor q, Tensor k, Tensor v, int heads) {
        Tensor attended = Attention.attention(split(q, heads), split(k, heads), split(v, heads));
        return attended.transpose(1, 2).reshape(q.size(0), q.size(1), q.size(2));
    }

    private static Tensor split(Tensor x, int heads) {
        return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
    }
}
