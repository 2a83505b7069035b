package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/** Self-attention and feed-forward, each normalised before. Source: transformers modeling_t5.py@5.23.0, T5Block. */
final class T5Block {
    private final T5Config config;
    private final T5Norm attentionNorm;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear o;
    private final T5Norm feedForwardNorm;
    private final T5FeedForward feedForward;

    T5Block(T5Config config, Weights w) {
        this.config = config;
        int d = config.dModel();
        int inner = config.innerDim();
        Weights attention = w.at("layer.0.SelfAttention");
        attentionNorm = T5Norm.of(w, "layer.0.layer_norm", config);
        q = Linear.withoutBias(attention, "q", d, inner);
        k = Linear.withoutBias(attention, "k", d, inner);
        v = Linear.withoutBias(attention, "v", d, inner);
        o = Linear.withoutBias(attention, "o", inner, d);
        feedForwardNorm = T5Norm.of(w, "layer.1.layer_norm", config);
        feedForward = new T5FeedForward(config, w.at("layer.1.DenseReluDense"));
    }

    /** x [1, L, D] in {@link #residualType}; bias [1, H, L, L], added to the scores, which are not scaled. */
    Tensor forward(Tensor x, Tensor bias) {
        return scoped(() -> {
            Tensor attended = scoped(() -> x.add(attention(attentionNorm.forward(x), bias)));
            return attended.add(feedForward.forward(feedForwardNorm.forward(attended)));
        });
    }

    /** The type of the residual stream: float32 in a float16 model, whose feed-forward leaves that range. */
    DType residualType() {
        return feedForward.resultType();
    }

    private Tensor attention(Tensor x, Tensor bias) {
        Tensor attended = scoped(() -> Attention.attention(heads(q, x), heads(k, x), heads(v, x), bias, 1)
                .transpose(1, 2)
                .reshape(1, x.size(1), config.innerDim()));
        return o.forward(attended);
    }

    /** [1, L, D] → [1, H, L, Dkv]. */
    private Tensor heads(Linear projection, Tensor x) {
        return projection
                .forward(x)
                .view(1, x.size(1), config.numHeads(), config.dKv())
                .transpose(1, 2);
    }
}
