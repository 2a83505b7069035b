package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.torch.Tensor;

/** A way through a transformer's blocks for one stage that remembers some of what they computed; closing it frees that. */
interface BlockPath extends AutoCloseable {
    /** Image tokens after all blocks, as {@link Trunk#hidden}; called once for each step, in order. */
    Tensor hidden(Streams in, Tensor rows, Attending attending);

    /** What the latest step ran. */
    Forward last();

    @Override
    void close();
}
