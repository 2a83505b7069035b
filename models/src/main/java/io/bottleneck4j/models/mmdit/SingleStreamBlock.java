package io.bottleneck4j.models.mmdit;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/**
 * A single-stream block: text and image as one sequence, attention and feed-forward side by side. Source: diffusers
 * transformer_flux.py@0.42.1, FluxSingleTransformerBlock; HunyuanVideoSingleTransformerBlock is the same, with the text behind.
 */
final class SingleStreamBlock {
    // Package-private: TokenCachePath runs a block's parts on its own.
    final QueryKeyValue qkv;
    final Linear projMlp;
    final Linear projOut;

    SingleStreamBlock(Weights w, BlockShape shape) {
        int dim = shape.dim();
        qkv = QueryKeyValue.image(w.at("attn"), shape);
        projMlp = Linear.of(w.quantized(), "proj_mlp", dim, shape.mlpDim());
        projOut = Linear.of(w.quantized(), "proj_out", dim + shape.mlpDim(), dim);
    }

    /** x [1, Lt + Li, D]; attending: how tokens do. */
    Tensor forward(Tensor x, Modulation mod, Attending attending) {
        return scoped(() -> {
            Tensor result = scoped(() -> {
                Tensor normed = mod.normalise(x);
                Tensor attn = scoped(() -> qkv.attend(qkv.forward(normed), attending));
                return joined(attn, normed);
            });
            return mod.addGated(x, result);
        });
    }

    /** What attention gave beside the middle of the feed-forward, through the last layer: [1, L, D]. */
    private Tensor joined(Tensor attn, Tensor normed) {
        return Ops.inTurns(attn.size(1), projMlp.tokensAtOnce(), (token, some) -> {
            Tensor middle = projMlp.forwardGeluTanh(normed.narrow(1, token, some));
            return projOut.forward(Ops.cat(2, attn.narrow(1, token, some), middle));
        });
    }
}
