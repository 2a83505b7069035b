package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Tensor;

/** A transformer of tokens with text, guidance and noise levels bound: what comes before its blocks and after them. */
public interface TokenTransformer {
    /** The embedded text and tokens [1, L, C · patch] at a noise level. */
    Streams embed(Tensor tokens, double sigma);

    /** The blocks' modulations at a noise level [rows, D]. */
    Tensor rows(double sigma);

    TransformerBlocks blocks();

    /** Normalised tokens [1, L, D] → velocities [1, L, C · patch]. */
    Tensor project(Tensor normed);

    /** The rotations of a grid of tokens and the text before it. */
    Tensor rotations(LatentPatches.Grid grid);
}
