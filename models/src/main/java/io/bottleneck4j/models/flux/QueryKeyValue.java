package io.bottleneck4j.models.flux;

import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import io.bottleneck4j.torch.nn.RmsNorm;

/** One stream's projections to queries, keys and values, the first two normalised per head. */
final class QueryKeyValue {
    private static final double EPS = 1e-6;

    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final RmsNorm normQ;
    private final RmsNorm normK;
    private final int heads;

    private QueryKeyValue(Linear q, Linear k, Linear v, RmsNorm normQ, RmsNorm normK, int heads) {
        this.q = q;
        this.k = k;
        this.v = v;
        this.normQ = normQ;
        this.normK = normK;
        this.heads = heads;
    }

    /** {@code to_q, to_k, to_v, norm_q, norm_k}: the image's, or both streams' in a single-stream block. */
    static QueryKeyValue image(Weights w, FluxConfig config) {
        return new QueryKeyValue(
                square(w, "to_q", config),
                square(w, "to_k", config),
                square(w, "to_v", config),
                RmsNorm.of(w, "norm_q", config.attentionHeadDim(), EPS),
                RmsNorm.of(w, "norm_k", config.attentionHeadDim(), EPS),
                config.numAttentionHeads());
    }

    /** {@code add_q_proj, add_k_proj, add_v_proj, norm_added_q, norm_added_k}: the text's. */
    static QueryKeyValue text(Weights w, FluxConfig config) {
        return new QueryKeyValue(
                square(w, "add_q_proj", config),
                square(w, "add_k_proj", config),
                square(w, "add_v_proj", config),
                RmsNorm.of(w, "norm_added_q", config.attentionHeadDim(), EPS),
                RmsNorm.of(w, "norm_added_k", config.attentionHeadDim(), EPS),
                config.numAttentionHeads());
    }

    private static Linear square(Weights w, String key, FluxConfig config) {
        return Linear.of(w, key, config.innerDim(), config.innerDim());
    }

    /** x [1, L, D] → three of [1, L, H, Dh]. */
    Projected forward(Tensor x) {
        return new Projected(
                Scope.scoped(() -> normQ.forward(perHead(q.forward(x)))),
                Scope.scoped(() -> normK.forward(perHead(k.forward(x)))),
                Scope.scoped(() -> perHead(v.forward(x))));
    }

    private Tensor perHead(Tensor x) {
        return x.view(x.size(0), x.size(1), heads, x.size(2) / heads);
    }

    /** Queries, keys and values, each [1, L, H, Dh]. */
    record Projected(Tensor q, Tensor k, Tensor v) {
        /** This stream's tokens, then the other's. */
        Projected followedBy(Projected other) {
            return new Projected(Ops.cat(1, q, other.q), Ops.cat(1, k, other.k), Ops.cat(1, v, other.v));
        }

        /** Attention among all tokens, their positions turned in: → [1, L, D]. */
        Tensor attend(Tensor rotations) {
            return Scope.scoped(() -> {
                Tensor turnedQ = Ops.rotatePairs(q, rotations).transpose(1, 2);
                Tensor turnedK = Ops.rotatePairs(k, rotations).transpose(1, 2);
                return Attention.attention(turnedQ, turnedK, v.transpose(1, 2))
                        .transpose(1, 2)
                        .reshape(q.size(0), q.size(1), -1);
            });
        }
    }
}
