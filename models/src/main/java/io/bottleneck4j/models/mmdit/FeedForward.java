package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/** Two layers around a GELU, wider between: {@code net.0.proj}, {@code net.2}. */
public final class FeedForward implements Layer {
    private final Linear up;
    private final Linear down;

    public FeedForward(Weights w, BlockShape shape) {
        up = Linear.of(w.quantized(), "net.0.proj", shape.dim(), shape.mlpDim());
        down = Linear.of(w.quantized(), "net.2", shape.mlpDim(), shape.dim());
    }

    @Override
    public Tensor forward(Tensor x) {
        return Ops.inTurns(
                x.size(1),
                up.tokensAtOnce(),
                (token, some) -> down.forward(up.forwardGeluTanh(x.narrow(1, token, some))));
    }
}
