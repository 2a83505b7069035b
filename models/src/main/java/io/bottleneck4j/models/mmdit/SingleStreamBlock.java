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
        projMlp = Linear.of(w, "proj_mlp", dim, shape.mlpDim());
        projOut = Linear.of(w, "proj_out", dim + shape.mlpDim(), dim);
    }

    /** x [1, Lt + Li, D]; rotations [Lt + Li, 1, Dh / 2] complex. */
    Tensor forward(Tensor x, Modulation mod, Tensor rotations) {
        return scoped(() -> {
            Tensor both = scoped(() -> attentionAndMlp(mod.normalise(x), rotations)); // [1, L, D + middle]
            return mod.addGated(x, projOut.forward(both));
        });
    }

    private Tensor attentionAndMlp(Tensor normed, Tensor rotations) {
        Tensor attn = scoped(() -> qkv.attend(qkv.forward(normed), rotations));
        return Ops.cat(2, attn, projMlp.forwardGeluTanh(normed));
    }
}
