package io.bottleneck4j.models.flux;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;

/**
 * A double-stream block: image and text keep weights of their own and attend to each other. Source: diffusers
 * transformer_flux.py@0.42.1, FluxTransformerBlock.
 */
final class FluxTransformerBlock {
    private final Half img;
    private final Half txt;

    FluxTransformerBlock(Weights w, FluxConfig config) {
        int dim = config.innerDim();
        Weights attn = w.at("attn");
        img = new Half(
                Linear.of(w, "norm1.linear", dim, 6 * dim),
                QueryKeyValue.image(attn, config),
                Linear.of(attn, "to_out.0", dim, dim),
                new FeedForward(w.at("ff"), dim));
        txt = new Half(
                Linear.of(w, "norm1_context.linear", dim, 6 * dim),
                QueryKeyValue.text(attn, config),
                Linear.of(attn, "to_add_out", dim, dim),
                new FeedForward(w.at("ff_context"), dim));
    }

    /** activated: silu of the conditioning vector [1, D]; rotations [Lt + Li, 1, Dh / 2] complex. */
    Streams forward(Streams in, Tensor activated, Tensor rotations) {
        try (Scope scope = Scope.open()) {
            Half.Modulations imgMod = img.modulations(activated);
            Half.Modulations txtMod = txt.modulations(activated);
            Tensor attn = scoped(() -> txt.project(in.txt(), txtMod) // [1, Lt + Li, D]
                    .followedBy(img.project(in.img(), imgMod))
                    .attend(rotations));
            long lt = in.txt().size(1);
            return new Streams(
                    scope.keep(scoped(() -> img.finish(in.img(), attn.from(1, lt), imgMod))),
                    scope.keep(scoped(() -> txt.finish(in.txt(), attn.until(1, lt), txtMod))));
        }
    }

    /** One stream's weights. */
    private record Half(Linear norm1, QueryKeyValue qkv, Linear out, FeedForward ff) {
        record Modulations(Modulation attn, Modulation ff) {}

        Modulations modulations(Tensor activated) {
            List<Tensor> m = norm1.forward(activated).chunk(6, 1);
            return new Modulations(
                    new Modulation(m.get(0), m.get(1), m.get(2)), new Modulation(m.get(3), m.get(4), m.get(5)));
        }

        QueryKeyValue.Projected project(Tensor x, Modulations mod) {
            return qkv.forward(mod.attn().normalise(x));
        }

        Tensor finish(Tensor x, Tensor attended, Modulations mod) {
            Tensor h = scoped(() -> mod.attn().addGated(x, out.forward(attended)));
            return mod.ff().addGated(h, ff.forward(mod.ff().normalise(h)));
        }
    }
}
