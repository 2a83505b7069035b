package io.bottleneck4j.models.hunyuan;

import io.bottleneck4j.models.mmdit.ModulationTable;
import io.bottleneck4j.torch.Tensor;

/**
 * All that a forward needs beside the video and does not depend on it, for the noise levels of one run.
 *
 * @param txt the refined text of each level [sigmas, Lt, D]
 * @param modulations shifts, scales and gates for each level
 */
public record HunyuanVideoConditioning(Tensor txt, ModulationTable modulations) {

    /** The text of one level [1, Lt, D]. */
    public Tensor txt(double sigma) {
        return txt.narrow(0, modulations.row(sigma), 1);
    }

    /** Text tokens Lt. */
    public int textTokens() {
        return Math.toIntExact(txt.size(1));
    }

    /** The same, owned by the caller, who must {@link #close()} it. */
    public HunyuanVideoConditioning retain() {
        txt.retain();
        modulations.retain();
        return this;
    }

    public void close() {
        txt.close();
        modulations.close();
    }
}
