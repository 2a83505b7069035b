package io.bottleneck4j.models.flux2;

import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/**
 * A gated feed-forward whose gate and value come of one layer: {@code linear_in}, {@code linear_out}. Source: diffusers
 * transformer_flux2.py@0.42.1, Flux2FeedForward.
 */
final class SwiGlu implements Layer {
    private final Linear in;
    private final Linear out;

    SwiGlu(Weights w, BlockShape shape) {
        in = Linear.withoutBias(w.quantized(), "linear_in", shape.dim(), 2 * shape.mlpDim());
        out = Linear.withoutBias(w.quantized(), "linear_out", shape.mlpDim(), shape.dim());
    }

    @Override
    public Tensor forward(Tensor x) {
        return Ops.inTurns(
                x.size(1),
                in.tokensAtOnce(),
                (token, some) -> out.forward(gated(in.forward(x.narrow(1, token, some)))));
    }

    /** The first half's silu times the second: both [1, L, 2 · middle] → [1, L, middle], in the place of the first. */
    static Tensor gated(Tensor both) {
        long middle = both.size(2) / 2;
        return Ops.siluInPlace(both.until(2, middle)).mulInPlace(both.from(2, middle));
    }
}
