package io.bottleneck4j.models.flux;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/** Two layers around a GELU, four times as wide between: {@code net.0.proj}, {@code net.2}. */
final class FeedForward {
    private final Linear up;
    private final Linear down;

    FeedForward(Weights w, int dim) {
        up = Linear.of(w, "net.0.proj", dim, 4 * dim);
        down = Linear.of(w, "net.2", 4 * dim, dim);
    }

    Tensor forward(Tensor x) {
        return Scope.scoped(() -> down.forward(up.forwardGeluTanh(x)));
    }
}
