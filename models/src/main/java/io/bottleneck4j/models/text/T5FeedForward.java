package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import org.jspecify.annotations.Nullable;

/**
 * {@code wo(act(wi(x)))}, or gated {@code wo(act(wi_0(x)) · wi_1(x))}. Source: transformers modeling_t5.py@5.23.0,
 * T5DenseActDense and T5DenseGatedActDense.
 *
 * <p>In a float16 model {@code wo} is float32, and so is its result: T5-XXL's leaves float16's range.
 */
final class T5FeedForward {
    private final Activation act;
    private final Linear wi;
    private final @Nullable Linear gate;
    private final Linear wo;

    T5FeedForward(T5Config config, Weights w) {
        act = config.denseAct();
        wi = Linear.withoutBias(w, config.gated() ? "wi_0" : "wi", config.dModel(), config.dFf());
        gate = config.gated() ? Linear.withoutBias(w, "wi_1", config.dModel(), config.dFf()) : null;
        boolean half = wi.dtype() == DType.FLOAT16;
        wo = Linear.withoutBias(half ? w.in(DType.FLOAT32) : w, "wo", config.dFf(), config.dModel());
    }

    /** x [1, L, D] → [1, L, D], in {@link #resultType}. */
    Tensor forward(Tensor x) {
        Tensor hidden = scoped(() -> hidden(x));
        return wo.forward(hidden.to(resultType()));
    }

    DType resultType() {
        return wo.dtype();
    }

    private Tensor hidden(Tensor x) {
        Tensor activated = scoped(() -> act.apply(wi.forward(x)));
        return gate == null ? activated : activated.mul(gate.forward(x));
    }
}
