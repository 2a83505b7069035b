package io.bottleneck4j.models.mmdit;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import org.jspecify.annotations.Nullable;

/** {@link FirstBlockCache} in the blocks: what all blocks but the first add to the image is remembered. */
final class FirstBlockPath implements BlockPath {
    private final Trunk blocks;
    private final FirstBlockCache cache;
    private Forward last = Forward.FULL;
    private @Nullable Tensor first; // what the first block added at the latest full step [1, Li, D]
    private @Nullable Tensor others; // what the others added then [1, Li, D]

    FirstBlockPath(Trunk blocks, FirstBlockCache cache) {
        this.blocks = blocks;
        this.cache = cache;
    }

    @Override
    public Tensor hidden(Streams in, Tensor rows, Attending attending) {
        return scoped(() -> {
            Streams after = blocks.first(in, rows, attending);
            Tensor added = after.img().sub(in.img());
            if (others != null && hardlyChanged(added)) {
                last = Forward.PARTIAL;
                return after.img().add(others);
            }
            last = Forward.FULL;
            Tensor hidden = blocks.afterFirst(after, rows, attending);
            Tensor rest = hidden.sub(after.img()).retain();
            close();
            others = rest;
            first = added.retain();
            return hidden;
        });
    }

    private boolean hardlyChanged(Tensor added) {
        return first != null && meanAbs(added.sub(first)) / meanAbs(first) <= cache.threshold();
    }

    private static double meanAbs(Tensor x) {
        return x.to(DType.FLOAT32).abs().view(-1).mean(0).toFloats()[0];
    }

    @Override
    public Forward last() {
        return last;
    }

    @Override
    public void close() {
        if (first != null && others != null) {
            first.close();
            others.close();
            first = null;
            others = null;
        }
    }
}
