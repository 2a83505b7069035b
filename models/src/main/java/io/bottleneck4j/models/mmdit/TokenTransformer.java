package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Tensor;
import java.util.function.DoubleFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A transformer of tokens with text, guidance and noise levels bound: its blocks, and what comes before and after them.
 *
 * @param embedder of tokens [1, L, C · patch] → [1, Li, D]: L of them, and padding behind them where a model has some
 * @param text the embedded text at a noise level [1, Lt, D]
 * @param textTokens Lt
 * @param modulations of the blocks, for each noise level
 * @param projection of normalised tokens [1, L, D] → velocities [1, L, C · patch]
 * @param rotations of tokens and the text before them
 */
public record TokenTransformer(
        UnaryOperator<Tensor> embedder,
        DoubleFunction<Tensor> text,
        int textTokens,
        Trunk blocks,
        ModulationTable modulations,
        UnaryOperator<Tensor> projection,
        Rotations rotations) {

    /** The positions of tokens. */
    @FunctionalInterface
    public interface Rotations {
        /**
         * Of the text, a grid of tokens, and that of a reference after it.
         *
         * @param reference null for none
         */
        Tensor of(LatentPatches.Grid grid, LatentPatches.@Nullable Grid reference);
    }

    /** The embedded text and tokens at a noise level. */
    public Streams embed(Tensor tokens, double sigma) {
        return new Streams(embedder.apply(tokens), text.apply(sigma));
    }

    /** The velocity of tokens, every block run. */
    public Tensor velocity(Tensor tokens, double sigma, Attending attending) {
        Tensor rows = modulations.at(sigma);
        return project(blocks.hidden(embed(tokens, sigma), rows, attending), rows);
    }

    /** Tokens after all blocks [1, L, D] → velocities. */
    Tensor project(Tensor hidden, Tensor rows) {
        return projection.apply(blocks.normOut(hidden, rows));
    }
}
