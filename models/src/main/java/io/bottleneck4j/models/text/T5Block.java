package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Self-attention and feed-forward, each normalised before. Source: transformers modeling_t5.py@5.23.0, T5Block. */
final class T5Block {
    private final T5Config config;
    private final Norm attentionNorm;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear o;
    private final Norm feedForwardNorm;
    private final FeedForward feedForward;
    private final @Nullable Tensor ownBias;

    T5Block(T5Config config, Weights w) {
        this.config = config;
        int d = config.dModel();
        int inner = config.innerDim();
        Weights attention = w.at("layer.0.SelfAttention").quantized();
        attentionNorm = Norm.of(w, "layer.0.layer_norm", config);
        q = Linear.withoutBias(attention, "q", d, inner);
        k = Linear.withoutBias(attention, "k", d, inner);
        v = Linear.withoutBias(attention, "v", d, inner);
        o = Linear.withoutBias(attention, "o", inner, d);
        feedForwardNorm = Norm.of(w, "layer.1.layer_norm", config);
        feedForward = new FeedForward(config, w.at("layer.1.DenseReluDense").quantized());
        ownBias = config.biasInEachLayer() ? relativeAttentionBias(config, w) : null;
    }

    /** The table of a block [buckets, H]. */
    static Tensor relativeAttentionBias(T5Config config, Weights w) {
        return w.tensor(
                "layer.0.SelfAttention.relative_attention_bias.weight",
                config.relativeAttentionNumBuckets(),
                config.numHeads());
    }

    /** The bias [1, H, L, L] of a table for the buckets of all pairs [L, L]. */
    static Tensor bias(Tensor table, Tensor pairs) {
        return scoped(
                () -> Ops.embedding(table, pairs).permute(2, 0, 1).unsqueeze(0).contiguous());
    }

    /** {@link #forward(Tensor, Tensor)} by the block's own table. */
    Tensor forwardBuckets(Tensor x, Tensor pairs) {
        Tensor table = Objects.requireNonNull(ownBias, "a table of its own");
        return scoped(() -> forward(x, bias(table, pairs)));
    }

    /** x [1, L, D] in {@link #residualType}; bias [1, H, L, L], added to the scores, which are not scaled. */
    Tensor forward(Tensor x, Tensor bias) {
        return scoped(() -> {
            Tensor attended = scoped(() -> x.add(attention(attentionNorm.forward(x), bias)));
            return attended.add(feedForward.forward(feedForwardNorm.forward(attended)));
        });
    }

    /** The type of the residual stream in a model of a type: float32 in float16, whose range the feed-forward leaves. */
    static DType residualType(DType model) {
        return model == DType.FLOAT16 ? DType.FLOAT32 : model;
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

    /** Root-mean-square normalisation from the residual stream's type to that of its weight [D]. */
    record Norm(Tensor weight, double eps) {
        static Norm of(Weights w, String key, T5Config config) {
            return new Norm(w.tensor(key + ".weight", config.dModel()), config.layerNormEpsilon());
        }

        Tensor forward(Tensor x) {
            return Ops.rmsNorm(x, weight.to(x.dtype()), eps).to(weight.dtype());
        }
    }

    /**
     * {@code wo(act(wi(x)))}, or gated {@code wo(act(wi_0(x)) · wi_1(x))}. Source: transformers modeling_t5.py@5.23.0,
     * T5DenseActDense and T5DenseGatedActDense.
     *
     * <p>In a float16 model {@code wo} is float32, and so is its result: T5-XXL's leaves float16's range.
     */
    private static final class FeedForward {
        private final Activation act;
        private final Linear wi;
        private final @Nullable Linear gate;
        private final Linear wo;

        FeedForward(T5Config config, Weights w) {
            act = config.denseAct();
            wi = Linear.withoutBias(w, config.gated() ? "wi_0" : "wi", config.dModel(), config.dFf());
            gate = config.gated() ? Linear.withoutBias(w, "wi_1", config.dModel(), config.dFf()) : null;
            wo = Linear.withoutBias(w.in(residualType(wi.dtype())), "wo", config.dFf(), config.dModel());
        }

        /** x [1, L, D] → [1, L, D], in {@link #residualType}. */
        Tensor forward(Tensor x) {
            Tensor hidden = scoped(() -> hidden(x));
            return wo.forward(hidden.to(wo.dtype()));
        }

        private Tensor hidden(Tensor x) {
            Tensor activated = scoped(() -> act.apply(wi.forward(x)));
            return gate == null ? activated : activated.mul(gate.forward(x));
        }
    }
}
