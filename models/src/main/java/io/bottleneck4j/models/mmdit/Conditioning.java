package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Tensor;

/**
 * All that a forward needs beside the image and does not depend on it, for the noise levels of one run.
 *
 * @param txt the embedded text [1, Lt, D]
 * @param modulations shifts, scales and gates for each noise level
 */
public record Conditioning(Tensor txt, ModulationTable modulations) {

    /** The same, owned by the caller, who must {@link #close()} it. */
    public Conditioning retain() {
        txt.retain();
        modulations.retain();
        return this;
    }

    public void close() {
        txt.close();
        modulations.close();
    }
}
