package io.bottleneck4j.models.zimage;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.QueryKeyValue;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import io.bottleneck4j.torch.nn.RmsNorm;
import org.jspecify.annotations.Nullable;

/**
 * A single-stream block: attention, then a gated feed-forward, each between two norms. Source: diffusers
 * transformer_z_image.py@0.42.1, ZImageTransformerBlock.
 *
 * <p>Modulation scales what goes into a branch and gates what comes out of it. Both follow a norm, whose own scale they are multiplied
 * into: a row for the batch's one image, instead of another pass over all tokens.
 */
final class ZImageBlock {
    /** Rows of a block's modulation: attention's scale and gate, the feed-forward's scale and gate. */
    static final int ROWS = 4;

    /** Of the norms of queries and keys, whatever {@code norm_eps} is. */
    private static final double HEAD_EPS = 1e-5;

    private final QueryKeyValue qkv;
    private final Linear out;
    private final Linear w1;
    private final Linear w2;
    private final Linear w3;
    private final RmsNorm attentionNorm1;
    private final RmsNorm attentionNorm2;
    private final RmsNorm ffnNorm1;
    private final RmsNorm ffnNorm2;

    ZImageBlock(ZImageTransformer2DConfig config, Weights w) {
        int dim = config.dim();
        Weights attention = w.at("attention");
        qkv = QueryKeyValue.withoutBias(attention, config.blockShape(), HEAD_EPS);
        out = Linear.withoutBias(attention.quantized(), "to_out.0", dim, dim);
        Weights feedForward = w.at("feed_forward").quantized();
        w1 = Linear.withoutBias(feedForward, "w1", dim, config.mlpDim());
        w2 = Linear.withoutBias(feedForward, "w2", config.mlpDim(), dim);
        w3 = Linear.withoutBias(feedForward, "w3", dim, config.mlpDim());
        attentionNorm1 = RmsNorm.of(w, "attention_norm1", dim, config.normEps());
        attentionNorm2 = RmsNorm.of(w, "attention_norm2", dim, config.normEps());
        ffnNorm1 = RmsNorm.of(w, "ffn_norm1", dim, config.normEps());
        ffnNorm2 = RmsNorm.of(w, "ffn_norm2", dim, config.normEps());
    }

    /**
     * x [1, L, D] → [1, L, D].
     *
     * @param mod the block's rows [4, D]; null for a block without modulation
     * @param attending how tokens do
     */
    Tensor forward(Tensor x, @Nullable Tensor mod, Attending attending) {
        return scoped(() -> {
            Tensor h = scoped(() -> {
                Tensor attended = scoped(() -> qkv.attend(qkv.forward(norm(x, attentionNorm1, mod, 0)), attending));
                return x.add(norm(out.forward(attended), attentionNorm2, mod, 1));
            });
            return h.add(norm(feedForward(norm(h, ffnNorm1, mod, 2)), ffnNorm2, mod, 3));
        });
    }

    /** The normalised x, scaled by the norm's own row times that of the modulation. */
    private static Tensor norm(Tensor x, RmsNorm norm, @Nullable Tensor mod, int row) {
        Tensor scale = mod == null ? norm.weight() : norm.weight().mul(mod.select(0, row));
        return Ops.rmsNorm(x, scale, norm.eps());
    }

    private Tensor feedForward(Tensor x) {
        return Ops.inTurns(x.size(1), w1.tokensAtOnce(), (token, some) -> {
            Tensor part = x.narrow(1, token, some);
            return w2.forward(scoped(() -> Ops.siluInPlace(w1.forward(part)).mulInPlace(w3.forward(part))));
        });
    }
}
