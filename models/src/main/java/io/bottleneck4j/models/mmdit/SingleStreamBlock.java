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
            Tensor both = scoped(() -> attentionAndMlp(mod.normalise(x), attending)); // [1, L, D + middle]
            return mod.addGated(x, projOut.forward(both));
        });
    }

    private Tensor attentionAndMlp(Tensor normed, Attending attending) {
        Tensor attn = scoped(() -> qkv.attend(qkv.forward(normed), attending));
        return Ops.cat(2, attn, projMlp.forwardGeluTanh(normed));
    }
}
