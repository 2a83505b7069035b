package io.bottleneck4j.models.mmdit;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.Arrays;
import java.util.List;

/**
 * One stream's projections to queries, keys and values, the first two normalised per head, or over all heads together.
 *
 * <p>The three layers are one, and queries and keys go through normalisation and rotation together: what they share is done once.
 */
public final class QueryKeyValue {
    static final double EPS = 1e-6;

    private final Linear projection;
    private final Tensor norms; // [2 H, Dh] or, across heads, [2, D] float32: the queries' scales, then the keys'
    private final int heads;
    private final double eps;

    private QueryKeyValue(Weights w, BlockShape shape, Linear projection, String normQ, String normK, double eps) {
        this(shape, projection, norms(w, normQ, normK, shape.heads(), shape.headDim(), shape), eps);
    }

    private QueryKeyValue(BlockShape shape, Linear projection, Tensor norms, double eps) {
        heads = shape.heads();
        this.projection = projection;
        this.eps = eps;
        this.norms = norms;
    }

    /** Scales of so many values, the same for each of so many runs of them. */
    private static Tensor norms(Weights w, String normQ, String normK, int runs, int values, BlockShape shape) {
        return w.made(() -> {
            Tensor q = w.passing(normQ + ".weight", values).to(DType.FLOAT32);
            Tensor k = w.passing(normK + ".weight", values).to(DType.FLOAT32);
            // The scale of attention, 1/√Dh, rides in the queries' norm.
            return Ops.cat(0, q.mul(1 / Math.sqrt(shape.headDim())).expand(runs, values), k.expand(runs, values));
        });
    }

    /**
     * {@link #image} whose queries and keys are each normalised over all heads together.
     *
     * @param eps added to the mean square
     */
    public static QueryKeyValue acrossHeads(Weights w, BlockShape shape, double eps) {
        Linear projection = Linear.joined(w.quantized(), shape.dim(), parts(shape, "to_q", "to_k", "to_v"));
        return new QueryKeyValue(shape, projection, norms(w, "norm_q", "norm_k", 1, shape.dim(), shape), eps);
    }

    /** {@code to_q, to_k, to_v, norm_q, norm_k}: the image's, or both streams' in a single-stream block. */
    static QueryKeyValue image(Weights w, BlockShape shape) {
        Linear projection = Linear.joined(w.quantized(), shape.dim(), parts(shape, "to_q", "to_k", "to_v"));
        return new QueryKeyValue(w, shape, projection, "norm_q", "norm_k", EPS);
    }

    /**
     * The same of layers without biases.
     *
     * @param eps added to a head's mean square
     */
    public static QueryKeyValue withoutBias(Weights w, BlockShape shape, double eps) {
        Linear projection = Linear.joinedWithoutBias(w.quantized(), shape.dim(), parts(shape, "to_q", "to_k", "to_v"));
        return new QueryKeyValue(w, shape, projection, "norm_q", "norm_k", eps);
    }

    /** {@code add_q_proj, add_k_proj, add_v_proj, norm_added_q, norm_added_k}: the text's. */
    static QueryKeyValue text(Weights w, BlockShape shape) {
        Linear projection =
                Linear.joined(w.quantized(), shape.dim(), parts(shape, "add_q_proj", "add_k_proj", "add_v_proj"));
        return new QueryKeyValue(w, shape, projection, "norm_added_q", "norm_added_k", EPS);
    }

    /** {@link #text} of layers without biases. */
    static QueryKeyValue textWithoutBias(Weights w, BlockShape shape) {
        Linear projection = Linear.joinedWithoutBias(
                w.quantized(), shape.dim(), parts(shape, "add_q_proj", "add_k_proj", "add_v_proj"));
        return new QueryKeyValue(w, shape, projection, "norm_added_q", "norm_added_k", EPS);
    }

    /**
     * Of one layer without bias that projects to more beside: {@link #forward} gives queries, keys and values [1, L, 3 D], and the rest
     * behind them.
     *
     * @param width of all that it projects to, above 3 D
     */
    public static QueryKeyValue fused(Weights w, BlockShape shape, String key, int width) {
        Linear projection = Linear.withoutBias(w.quantized(), key, shape.dim(), width);
        return new QueryKeyValue(w, shape, projection, "norm_q", "norm_k", EPS);
    }

    private static List<Linear.Part> parts(BlockShape shape, String... keys) {
        return Arrays.stream(keys).map(key -> new Linear.Part(key, shape.dim())).toList();
    }

    /** x [1, L, D] → queries, keys and values side by side [1, L, 3 D]. */
    public Tensor forward(Tensor x) {
        return projection.forward(x);
    }

    /** Attention among tokens of this stream alone: projected [1, L, 3 D] → [1, L, D]. */
    public Tensor attend(Tensor projected, Attending attending) {
        return attend(projected, attending, List.of(scales(projected.size(1))));
    }

    /** Attention among tokens of two streams, {@code tokens} of the first and the others of the second. */
    static Tensor attend(
            Tensor projected, long tokens, QueryKeyValue first, QueryKeyValue second, Attending attending) {
        return first.attend(
                projected, attending, List.of(first.scales(tokens), second.scales(projected.size(1) - tokens)));
    }

    /** {@link #attend} of this stream, which also says how much attention each token received. */
    Attention.WithKeyMeans attendWithMeans(Tensor projected, Attending attending) {
        return attendWithMeans(projected, attending, List.of(scales(projected.size(1))));
    }

    /** The same of two streams. */
    static Attention.WithKeyMeans attendWithMeans(
            Tensor projected, long tokens, QueryKeyValue first, QueryKeyValue second, Attending attending) {
        return first.attendWithMeans(
                projected, attending, List.of(first.scales(tokens), second.scales(projected.size(1) - tokens)));
    }

    private Attention.Scales scales(long tokens) {
        return new Attention.Scales(tokens, norms);
    }

    private Tensor attend(Tensor projected, Attending attending, List<Attention.Scales> scales) {
        return scoped(() -> {
            Tensor queriesAndKeys =
                    Attention.queriesAndKeys(projected, scales, eps, attending.rotations()); // [2, H, L, Dh]
            return joined(Attention.attention(
                    queriesAndKeys.narrow(0, 0, 1),
                    queriesAndKeys.narrow(0, 1, 1),
                    values(projected),
                    attending.bias(),
                    1));
        });
    }

    private Attention.WithKeyMeans attendWithMeans(
            Tensor projected, Attending attending, List<Attention.Scales> scales) {
        Tensor queriesAndKeys = Attention.queriesAndKeys(projected, scales, eps, attending.rotations());
        Attention.WithKeyMeans both = Attention.withKeyMeans(
                queriesAndKeys.narrow(0, 0, 1), queriesAndKeys.narrow(0, 1, 1), values(projected), attending.bias());
        return new Attention.WithKeyMeans(joined(both.out()), both.keyMeans());
    }

    /** [1, L, 3 D] → the values [1, H, L, Dh]. */
    private Tensor values(Tensor projected) {
        long dim = projected.size(2) / 3;
        return projected
                .from(2, 2 * dim)
                .view(1, projected.size(1), heads, dim / heads)
                .transpose(1, 2);
    }

    /** [1, H, L, Dh] → [1, L, D]. */
    private static Tensor joined(Tensor heads) {
        return heads.transpose(1, 2).reshape(1, heads.size(2), heads.size(1) * heads.size(3));
    }
}
