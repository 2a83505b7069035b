package io.bottleneck4j.models.flux;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/**
 * A single-stream block: text and image as one sequence, attention and feed-forward side by side. Source: diffusers
 * transformer_flux.py@0.42.1, FluxSingleTransformerBlock.
 */
final class FluxSingleTransformerBlock {
    private final QueryKeyValue qkv;
    private final Linear projMlp;
    private final Linear projOut;

    FluxSingleTransformerBlock(Weights w, FluxConfig config) {
        int dim = config.innerDim();
        qkv = QueryKeyValue.image(w.at("attn"), config);
        projMlp = Linear.of(w, "proj_mlp", dim, 4 * dim);
        projOut = Linear.of(w, "proj_out", 5 * dim, dim);
    }

    /** x [1, Lt + Li, D]; rotations [Lt + Li, 1, Dh / 2] complex. */
    Tensor forward(Tensor x, Modulation mod, Tensor rotations) {
        return scoped(() -> {
            Tensor both = scoped(() -> attentionAndMlp(mod.normalise(x), rotations)); // [1, L, 5 D]
            return mod.addGated(x, projOut.forward(both));
        });
    }

    private Tensor attentionAndMlp(Tensor normed, Tensor rotations) {
        Tensor attn = scoped(() -> qkv.attend(qkv.forward(normed), rotations));
        return Ops.cat(2, attn, projMlp.forwardGeluTanh(normed));
    }
}
