package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Tensor;
import java.util.List;

/**
 * Shifts, scales and gates for each noise level of a run.
 *
 * @param rows [sigmas, rows, D]
 * @param sigmas the noise levels
 */
public record ModulationTable(Tensor rows, List<Double> sigmas) {
    public ModulationTable {
        sigmas = List.copyOf(sigmas);
    }

    /** The rows of one level [rows, D]; refused as {@link #row} does. */
    public Tensor at(double sigma) {
        return rows.select(0, row(sigma));
    }

    /**
     * Which of the levels this is.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    public int row(double sigma) {
        int row = sigmas.indexOf(sigma);
        if (row < 0) {
            throw new IllegalArgumentException("sigma: " + sigma + " is none of the conditioning's " + sigmas.size()
                    + " levels; make it with every level of the run");
        }
        return row;
    }

    /** The same, owned by the caller, who must {@link #close()} it. */
    public ModulationTable retain() {
        rows.retain();
        return this;
    }

    public void close() {
        rows.close();
    }
}
