package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;

/**
 * The layers that make the modulations of all blocks. They all see the same vector, so they are run once for all noise levels of a run:
 * their output for a level is a table with a row [D] for each shift, scale and gate.
 */
final class ModulationLayers {
    private static final int IN_BRANCH = 3; // shift, scale, gate
    private static final int IN_STREAM = 2 * IN_BRANCH; // attention, then feed-forward
    private static final int IN_DOUBLE = 2 * IN_STREAM; // image, then text
    private static final int IN_NORM_OUT = 2; // scale, shift

    private final List<Part<Linear>> layers = new ArrayList<>(); // a block's each, then the last normalisation's
    private final int dim;
    private final int single; // first row of the single-stream blocks
    private final int normOut; // row of the last normalisation's scale; its shift follows

    /** Reads both of every double-stream block, {@code norm.linear} of every single-stream block, and {@code norm_out.linear}. */
    ModulationLayers(Weights w, int dim, int numLayers, int numSingleLayers, BlockNames names) {
        this.dim = dim;
        single = numLayers * IN_DOUBLE;
        normOut = single + numSingleLayers * IN_BRANCH;
        List<Linear.Part> both =
                List.of(rows(names.imgModulation(), IN_STREAM), rows(names.txtModulation(), IN_STREAM));
        for (int i = 0; i < numLayers; i++) {
            layers.add(w.part("transformer_blocks." + i, block -> Linear.joined(block, dim, both)));
        }
        for (int i = 0; i < numSingleLayers; i++) {
            layers.add(w.part(
                    "single_transformer_blocks." + i, block -> Linear.of(block, "norm.linear", dim, IN_BRANCH * dim)));
        }
        layers.add(w.part("norm_out", last -> Linear.of(last, "linear", dim, IN_NORM_OUT * dim)));
    }

    private Linear.Part rows(String key, int rows) {
        return new Linear.Part(key, rows * dim);
    }

    /** 1 in rows that are scales, 0 elsewhere [rows, 1]. */
    private Tensor scaleRows() {
        float[] rows = new float[normOut + IN_NORM_OUT];
        for (int row = 1; row < normOut; row += IN_BRANCH) {
            rows[row] = 1;
        }
        rows[normOut] = 1;
        return Tensor.of(rows, rows.length, 1);
    }

    /** activated: silu of conditioning vectors [N, D] → the tables of N forwards [N, rows, D]. */
    Tensor forward(Tensor activated) {
        Tensor[] rows = layers.stream()
                .map(layer -> layer.use(linear -> linear.forward(activated)))
                .toArray(Tensor[]::new);
        Tensor ones = scaleRows().to(activated.dtype()).to(activated.device());
        return Ops.cat(-1, rows).view(activated.size(0), -1, dim).add(ones);
    }

    /** Rows of one forward's table [rows, D]. */
    final class Modulations {
        private final Tensor rows;

        Modulations(Tensor rows) {
            this.rows = rows;
        }

        DoubleStreamBlock.Modulations block(int i) {
            int img = i * IN_DOUBLE;
            int txt = img + IN_STREAM;
            return new DoubleStreamBlock.Modulations(
                    branch(img), branch(img + IN_BRANCH), branch(txt), branch(txt + IN_BRANCH));
        }

        Modulation single(int i) {
            return branch(single + i * IN_BRANCH);
        }

        /** The last normalisation: [1, L, D] → [1, L, D]. */
        Tensor normOut(Tensor x) {
            return Modulation.normalise(x, row(normOut + 1), row(normOut));
        }

        private Modulation branch(int shift) {
            return Modulation.of(rows, shift);
        }

        private Tensor row(int i) {
            return rows.select(0, i);
        }
    }
}
