package io.bottleneck4j.models.flux2;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.Modulation;
import io.bottleneck4j.models.mmdit.QueryKeyValue;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/**
 * A single-stream block: text and image as one sequence, attention and feed-forward side by side, the first layers of both one, and the
 * last. Source: diffusers transformer_flux2.py@0.42.1, Flux2SingleTransformerBlock.
 */
final class Flux2SingleBlock {
    private final QueryKeyValue qkv;
    private final Linear out;
    private final int projected; // width of queries, keys and values

    Flux2SingleBlock(Weights w, BlockShape shape) {
        Weights attn = w.at("attn");
        projected = 3 * shape.dim();
        qkv = QueryKeyValue.fused(attn, shape, "to_qkv_mlp_proj", projected + 2 * shape.mlpDim());
        out = Linear.withoutBias(attn.quantized(), "to_out", shape.dim() + shape.mlpDim(), shape.dim());
    }

    /** x [1, Lt + Li, D]; attending: how tokens do. */
    Tensor forward(Tensor x, Modulation mod, Attending attending) {
        return scoped(() -> {
            Tensor both = scoped(() -> attentionAndMlp(mod.normalise(x), attending)); // [1, L, D + middle]
            return mod.addGated(x, out.forward(both));
        });
    }

    private Tensor attentionAndMlp(Tensor normed, Attending attending) {
        Tensor all = qkv.forward(normed);
        Tensor attn = qkv.attend(all.until(2, projected), attending);
        return Ops.cat(2, attn, SwiGlu.gated(all.from(2, projected)));
    }
}
