package io.bottleneck4j.models.wan;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.FeedForward;
import io.bottleneck4j.models.mmdit.QueryKeyValue;
import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;
import io.bottleneck4j.torch.nn.RmsNorm;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block of Wan: attention among the video's tokens, attention to the text's, a feed-forward; the noise level modulates the first and the
 * last. Source: diffusers transformer_wan.py@0.42.1, WanTransformerBlock.
 */
final class WanBlock {
    /** Rows of a block's modulation: shift, scale and gate of attention, then of the feed-forward. */
    static final int ROWS = 6;

    private final BlockShape shape;
    private final double eps;
    private final Tensor table; // [6, D], added to what the noise level says to all blocks
    private final QueryKeyValue qkv;
    private final Linear out;
    private final @Nullable LayerNorm crossNorm;
    private final Linear crossQuery;
    private final Linear crossKeyValue;
    private final RmsNorm crossNormQ;
    private final RmsNorm crossNormK;
    private final Linear crossOut;
    private final FeedForward ffn;

    WanBlock(WanTransformer3DConfig config, Weights w) {
        shape = config.blockShape();
        eps = config.eps();
        int dim = shape.dim();
        table = table(w, ROWS, dim);
        Weights self = w.at("attn1");
        qkv = QueryKeyValue.acrossHeads(self, shape, eps);
        out = Linear.of(self.quantized(), "to_out.0", dim, dim);
        crossNorm = config.crossAttnNorm() ? LayerNorm.of(w, "norm2", dim, eps) : null;
        Weights cross = w.at("attn2");
        crossQuery = Linear.of(cross.quantized(), "to_q", dim, dim);
        crossKeyValue = Linear.joined(
                cross.quantized(), dim, List.of(new Linear.Part("to_k", dim), new Linear.Part("to_v", dim)));
        crossNormQ = RmsNorm.of(cross, "norm_q", dim, eps);
        crossNormK = RmsNorm.of(cross, "norm_k", dim, eps);
        crossOut = Linear.of(cross.quantized(), "to_out.0", dim, dim);
        ffn = new FeedForward(w.at("ffn"), shape);
    }

    /** A {@code scale_shift_table} [1, rows, D] as [rows, D]. */
    static Tensor table(Weights w, int rows, int dim) {
        return w.made(() -> w.passing("scale_shift_table", 1, rows, dim).view(rows, dim));
    }

    /**
     * x [1, L, D] → [1, L, D].
     *
     * @param text [1, Lt, D]
     * @param level what the noise level says to all blocks [6, D]
     */
    Tensor forward(Tensor x, Tensor text, Tensor level, Attending attending) {
        return scoped(() -> {
            Tensor mod = table.add(level);
            Tensor attended = scoped(() -> {
                Tensor a = qkv.attend(qkv.forward(modulated(x, mod, 0, eps)), attending);
                return x.addcmul(out.forward(a), mod.select(0, 2));
            });
            Tensor told = scoped(() -> attended.add(cross(attended, text)));
            return told.addcmul(ffn.forward(modulated(told, mod, 3, eps)), mod.select(0, 5));
        });
    }

    /** x normalised, scaled and shifted by two rows of a modulation, the shift first. */
    static Tensor modulated(Tensor x, Tensor mod, int row, double eps) {
        return scoped(() -> Ops.layerNorm(x, mod.select(0, row + 1).add(1), mod.select(0, row), eps));
    }

    private Tensor cross(Tensor x, Tensor text) {
        return scoped(() -> {
            Tensor normed = crossNorm == null ? x : crossNorm.forward(x);
            List<Tensor> both = crossKeyValue.forward(text).chunk(2, -1);
            Tensor attended = Attention.attention(
                    heads(crossNormQ.forward(crossQuery.forward(normed))),
                    heads(crossNormK.forward(both.get(0).contiguous())),
                    heads(both.get(1)));
            return crossOut.forward(attended.transpose(1, 2).reshape(x.shape()));
        });
    }

    /** [1, L, D] → [1, H, L, Dh]. */
    private Tensor heads(Tensor x) {
        return x.reshape(1, x.size(1), shape.heads(), shape.headDim()).transpose(1, 2);
    }
}
