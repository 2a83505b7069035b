package io.bottleneck4j.models.mmdit;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.function.Function;

/**
 * A double-stream block: image and text keep weights of their own and attend to each other. Source: diffusers
 * transformer_flux.py@0.42.1, FluxTransformerBlock; HunyuanVideoTransformerBlock is the same, with the text behind, and
 * QwenImageTransformerBlock under other names.
 */
public final class DoubleStreamBlock {
    // Package-private, as the halves: TokenCachePath runs a block's parts on its own.
    final Half img;
    final Half txt;

    DoubleStreamBlock(Weights w, BlockShape shape, BlockNames names) {
        int dim = shape.dim();
        Weights attn = w.at("attn");
        img = new Half(
                QueryKeyValue.image(attn, shape),
                Linear.of(attn.quantized(), "to_out.0", dim, dim),
                new FeedForward(w.at(names.imgFeedForward()), shape));
        txt = new Half(
                QueryKeyValue.text(attn, shape),
                Linear.of(attn.quantized(), "to_add_out", dim, dim),
                new FeedForward(w.at(names.txtFeedForward()), shape));
    }

    private DoubleStreamBlock(Half img, Half txt) {
        this.img = img;
        this.txt = txt;
    }

    /**
     * The same of layers without biases.
     *
     * @param feedForward reads a stream's, from {@code ff} or {@code ff_context}
     */
    public static DoubleStreamBlock withoutBias(Weights w, BlockShape shape, Function<Weights, Layer> feedForward) {
        int dim = shape.dim();
        Weights attn = w.at("attn");
        Half img = new Half(
                QueryKeyValue.withoutBias(attn, shape, QueryKeyValue.EPS),
                Linear.withoutBias(attn.quantized(), "to_out.0", dim, dim),
                feedForward.apply(w.at("ff")));
        Half txt = new Half(
                QueryKeyValue.textWithoutBias(attn, shape),
                Linear.withoutBias(attn.quantized(), "to_add_out", dim, dim),
                feedForward.apply(w.at("ff_context")));
        return new DoubleStreamBlock(img, txt);
    }

    /** Those of both streams' attention and feed-forward. */
    public record Modulations(Modulation imgAttn, Modulation imgFf, Modulation txtAttn, Modulation txtFf) {}

    /** Both streams after the block. */
    public Streams forward(Streams in, Modulations mod, Attending attending) {
        try (Scope scope = Scope.open()) {
            long lt = in.txt().size(1);
            Tensor attn = scoped(() -> attend(in, mod, attending)); // [1, Lt + Li, D]
            return new Streams(
                    scope.keep(scoped(() -> img.finish(in.img(), attn.from(1, lt), mod.imgAttn(), mod.imgFf()))),
                    scope.keep(scoped(() -> txt.finish(in.txt(), attn.until(1, lt), mod.txtAttn(), mod.txtFf()))));
        }
    }

    private Tensor attend(Streams in, Modulations mod, Attending attending) {
        return QueryKeyValue.attend(project(in, mod), in.txt().size(1), txt.qkv, img.qkv, attending);
    }

    /** Queries, keys and values of both streams, text first [1, Lt + Li, 3 D]. */
    Tensor project(Streams in, Modulations mod) {
        return scoped(() -> Ops.cat(1, txt.project(in.txt(), mod.txtAttn()), img.project(in.img(), mod.imgAttn())));
    }

    /** One stream's weights. */
    record Half(QueryKeyValue qkv, Linear out, Layer ff) {
        /** [1, L, D] → [1, L, 3 D]. */
        Tensor project(Tensor x, Modulation mod) {
            return scoped(() -> qkv.forward(mod.normalise(x)));
        }

        Tensor finish(Tensor x, Tensor attended, Modulation attn, Modulation mlp) {
            Tensor h = scoped(() -> attn.addGated(x, out.forward(attended)));
            return mlp.addGated(h, ff.forward(mlp.normalise(h)));
        }
    }
}
