package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The last frames that layers saw of one video, which is coded some frames at a time: with them before it, each chunk has the numbers it
 * would have in the whole video. Source: diffusers autoencoder_kl_wan.py@0.42.1, feat_cache.
 */
final class Past implements AutoCloseable {
    private final IdentityHashMap<StreamedLayer, Tensor> seen = new IdentityHashMap<>();
    private boolean begun;

    /** Whether the chunk coded now is the video's first, which is its first frame. */
    boolean isBeginning() {
        return !begun;
    }

    /** Ends a chunk. */
    void next() {
        begun = true;
    }

    /** What a layer remembered; nothing the first time. */
    @Nullable
    Tensor of(StreamedLayer layer) {
        return seen.get(layer);
    }

    /** Copies the last frames of x [B, C, F, H, W], zeros before them where there are fewer, in place of what the layer remembered. */
    void remember(StreamedLayer layer, Tensor x, long frames) {
        try (Scope scope = Scope.open()) {
            long given = Math.min(frames, x.size(2));
            Tensor last = frames(x, frames);
            if (given < frames) {
                last.until(2, frames - given).copyFrom(Tensor.zeros(x.dtype(), x.device(), 1));
            }
            last.from(2, frames - given).copyFrom(x.from(2, x.size(2) - given));
            Tensor before = seen.put(layer, last.retain());
            if (before != null) {
                before.close();
            }
        }
    }

    /** Memory for frames like those of x. */
    static Tensor frames(Tensor x, long frames) {
        return MemoryFormat.emptyChannelsLast(x, x.size(1), frames, x.size(3), x.size(4));
    }

    @Override
    public void close() {
        seen.values().forEach(Tensor::close);
        seen.clear();
    }
}
