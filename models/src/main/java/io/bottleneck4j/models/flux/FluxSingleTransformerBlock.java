package io.bottleneck4j.models.flux;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;

/**
 * A single-stream block: text and image as one sequence, attention and feed-forward side by side. Source: diffusers
 * transformer_flux.py@0.42.1, FluxSingleTransformerBlock.
 */
final class FluxSingleTransformerBlock {
    private final Linear norm;
    private final Linear projMlp;
    private final Linear projOut;
    private final QueryKeyValue qkv;

    FluxSingleTransformerBlock(Weights w, FluxConfig config) {
        int dim = config.innerDim();
        norm = Linear.of(w, "norm.linear", dim, 3 * dim);
        projMlp = Linear.of(w, "proj_mlp", dim, 4 * dim);
        projOut = Linear.of(w, "proj_out", 5 * dim, dim);
        qkv = QueryKeyValue.image(w.at("attn"), config);
    }

    /** x [1, Lt + Li, D]; activated: silu of the conditioning vector [1, D]; rotations [Lt + Li, 1, Dh / 2] complex. */
    Tensor forward(Tensor x, Tensor activated, Tensor rotations) {
        return scoped(() -> {
            List<Tensor> m = norm.forward(activated).chunk(3, 1);
            Modulation mod = new Modulation(m.get(0), m.get(1), m.get(2));
            Tensor both = scoped(() -> attentionAndMlp(mod.normalise(x), rotations)); // [1, L, 5 D]
            return mod.addGated(x, projOut.forward(both));
        });
    }

    private Tensor attentionAndMlp(Tensor normed, Tensor rotations) {
        Tensor attn = scoped(() -> qkv.forward(normed).attend(rotations));
        Tensor mlp = scoped(() -> Ops.geluTanh(projMlp.forward(normed)));
        return Ops.cat(2, attn, mlp);
    }
}
