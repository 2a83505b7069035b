package io.bottleneck4j.models.flux;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;

/**
 * One stream's projections to queries, keys and values, the first two normalised per head.
 *
 * <p>The three layers are one, and queries and keys go through normalisation and rotation together: what they share is done once.
 */
final class QueryKeyValue {
    private static final double EPS = 1e-6;

    private final Linear projection;
    private final Tensor norms; // [2 H, Dh] float32: the queries' scale of every head, then the keys'
    private final int heads;

    private QueryKeyValue(Weights w, FluxConfig config, List<String> projections, String normQ, String normK) {
        int dim = config.innerDim();
        int headDim = config.attentionHeadDim();
        heads = config.numAttentionHeads();
        projection = Linear.joined(
                w,
                dim,
                projections.stream().map(key -> new Linear.Part(key, dim)).toList());
        norms = w.made(() -> {
            Tensor q = w.passing(normQ + ".weight", headDim).to(DType.FLOAT32);
            Tensor k = w.passing(normK + ".weight", headDim).to(DType.FLOAT32);
            // The scale of attention, 1/√Dh, rides in the queries' norm.
            return Ops.cat(0, q.mul(1 / Math.sqrt(headDim)).expand(heads, headDim), k.expand(heads, headDim));
        });
    }

    /** {@code to_q, to_k, to_v, norm_q, norm_k}: the image's, or both streams' in a single-stream block. */
    static QueryKeyValue image(Weights w, FluxConfig config) {
        return new QueryKeyValue(w, config, List.of("to_q", "to_k", "to_v"), "norm_q", "norm_k");
    }

    /** {@code add_q_proj, add_k_proj, add_v_proj, norm_added_q, norm_added_k}: the text's. */
    static QueryKeyValue text(Weights w, FluxConfig config) {
        return new QueryKeyValue(
                w, config, List.of("add_q_proj", "add_k_proj", "add_v_proj"), "norm_added_q", "norm_added_k");
    }

    /** x [1, L, D] → queries, keys and values side by side [1, L, 3 D]. */
    Tensor forward(Tensor x) {
        return projection.forward(x);
    }

    /** Attention among tokens of this stream alone: projected [1, L, 3 D] → [1, L, D]; rotations [L, 1, Dh / 2] complex. */
    Tensor attend(Tensor projected, Tensor rotations) {
        return scoped(() -> attention(projected, normalised(projected).mulInPlace(norms), rotations));
    }

    /** Attention among tokens of two streams: the first {@code length} of one, the others of another. */
    static Tensor attend(Tensor projected, long length, QueryKeyValue first, QueryKeyValue other, Tensor rotations) {
        return scoped(() -> {
            Tensor normed = first.normalised(projected);
            normed.until(0, length).mulInPlace(first.norms);
            normed.from(0, length).mulInPlace(other.norms);
            return first.attention(projected, normed, rotations);
        });
    }

    /** Queries and keys divided by their root mean square per head: [1, L, 3 D] → float32 [L, 2 H, Dh]. */
    private Tensor normalised(Tensor projected) {
        long dim = projected.size(2) / 3;
        return Ops.divideByRms(projected.narrow(2, 0, 2 * dim).view(projected.size(1), 2L * heads, dim / heads), EPS);
    }

    /** normed float32 [L, 2 H, Dh], queries first, and the values of projected [1, L, 3 D] → [1, L, D]. */
    private Tensor attention(Tensor projected, Tensor normed, Tensor rotations) {
        long l = normed.size(0);
        long dh = normed.size(2);
        long dim = heads * dh;
        // One copy converts the type and brings each head's rows together.
        Tensor turned = Tensor.empty(projected.dtype(), projected.device(), 2, heads, l, dh)
                .copyFrom(
                        Ops.rotatePairs(normed, rotations).view(l, 2, heads, dh).permute(1, 2, 0, 3));
        Tensor v = projected.from(2, 2 * dim).view(1, l, heads, dh).transpose(1, 2);
        return Attention.attention(turned.narrow(0, 0, 1), turned.narrow(0, 1, 1), v, null, 1)
                .transpose(1, 2)
                .reshape(1, l, dim);
    }
}
