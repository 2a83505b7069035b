package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Tensor;

/**
 * All that a forward needs beside the image and does not depend on it, for the noise levels of one run.
 *
 * @param txt the embedded text [1, Lt, D], or what it is at each noise level [sigmas, Lt, D]
 * @param modulations shifts, scales and gates for each noise level
 */
public record Conditioning(Tensor txt, ModulationTable modulations) {

    /** The text at one level [1, Lt, D]. */
    public Tensor txt(double sigma) {
        return txt.size(0) == 1 ? txt : txt.narrow(0, modulations.row(sigma), 1);
    }

    /** Text tokens Lt. */
    public int textTokens() {
        return Math.toIntExact(txt.size(1));
    }

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
