package io.bottleneck4j.models.flux;

import io.bottleneck4j.torch.Tensor;
import java.util.List;

/**
 * All that a forward needs beside the image and does not depend on it, for the noise levels of one run.
 *
 * @param txt the embedded text [1, Lt, D]
 * @param modulations a table of shifts, scales and gates for each noise level [sigmas, rows, D]
 * @param sigmas the noise levels
 */
public record Conditioning(Tensor txt, Tensor modulations, List<Double> sigmas) {
    public Conditioning {
        sigmas = List.copyOf(sigmas);
    }

    /**
     * The table of one level [rows, D].
     *
     * @throws IllegalArgumentException if it is none of these levels
     */
    Tensor at(double sigma) {
        int row = sigmas.indexOf(sigma);
        if (row < 0) {
            throw new IllegalArgumentException("sigma: " + sigma + " is none of the conditioning's " + sigmas.size()
                    + " levels; make it with every level of the run");
        }
        return modulations.select(0, row);
    }

    /** The same, owned by the caller, who must {@link #close()} it. */
    Conditioning retain() {
        txt.retain();
        modulations.retain();
        return this;
    }

    void close() {
        txt.close();
        modulations.close();
    }
}
