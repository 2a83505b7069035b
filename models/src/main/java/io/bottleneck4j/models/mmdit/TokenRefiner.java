package io.bottleneck4j.models.mmdit;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings a language model's states to the transformer's width and lets them attend to each other, steered by the noise level and the states' own
 * mean. Source: diffusers transformer_hunyuan_video.py@0.42.1, HunyuanVideoTokenRefiner; transformer_hunyuan_video15.py has the same.
 */
public final class TokenRefiner {
    // Not private: tests compare layer by layer.
    public final TimeTextEmbed timeTextEmbed;
    public final Linear projIn;
    private final List<Block> refinerBlocks = new ArrayList<>();

    /**
     * Reads {@code time_text_embed}, {@code proj_in} and {@code token_refiner}.
     *
     * @param textDim width of the states
     * @param dim width D of the transformer
     * @param heads of its attention
     * @param layers blocks
     */
    public TokenRefiner(Weights w, int textDim, int dim, int heads, int layers) {
        timeTextEmbed = new TimeTextEmbed(w.at("time_text_embed"), textDim, dim, false);
        projIn = Linear.of(w, "proj_in", textDim, dim);
        for (int i = 0; i < layers; i++) {
            refinerBlocks.add(new Block(w.at("token_refiner.refiner_blocks." + i), dim, heads));
        }
    }

    /** states [1, L, textDim], none of them padding → the text of each noise level [sigmas, L, D]. */
    public Tensor forward(Tensor states, List<Double> sigmas) {
        return scoped(() -> {
            Tensor steering = steering(states, sigmas);
            Tensor embedded = projIn.forward(states);
            Tensor x = embedded.expand(sigmas.size(), embedded.size(1), embedded.size(2));
            return Layer.inTurn(x, refinerBlocks, (block, y) -> block.forward(y, steering));
        });
    }

    /** The blocks in turn. */
    public List<Block> blocks() {
        return List.copyOf(refinerBlocks);
    }

    /** What gates the blocks [sigmas, D]: silu of the embedded noise levels and mean state. */
    public Tensor steering(Tensor states, List<Double> sigmas) {
        return scoped(() -> Ops.silu(timeTextEmbed.forward(sigmas, 0, states.mean(1))));
    }

    /**
     * Self-attention and feed-forward of the text, each behind a gate. Source: diffusers transformer_hunyuan_video.py@0.42.1,
     * HunyuanVideoIndividualTokenRefinerBlock.
     */
    public static final class Block {
        private static final double EPS = 1e-6;
        /** Whatever {@code mlp_ratio} says: diffusers does not pass it on to the refiner. */
        private static final int MLP_RATIO = 4;

        private final int heads;
        private final LayerNorm norm1;
        private final LayerNorm norm2;
        private final Linear qkv;
        private final Linear toOut;
        private final Linear up;
        private final Linear down;
        private final Linear gates;

        private Block(Weights w, int dim, int heads) {
            this.heads = heads;
            norm1 = LayerNorm.of(w, "norm1", dim, EPS);
            norm2 = LayerNorm.of(w, "norm2", dim, EPS);
            qkv = Linear.joined(
                    w.at("attn"),
                    dim,
                    List.of(new Linear.Part("to_q", dim), new Linear.Part("to_k", dim), new Linear.Part("to_v", dim)));
            toOut = Linear.of(w.at("attn"), "to_out.0", dim, dim);
            up = Linear.of(w.at("ff"), "net.0.proj", dim, MLP_RATIO * dim);
            down = Linear.of(w.at("ff"), "net.2", MLP_RATIO * dim, dim);
            gates = Linear.of(w, "norm_out.linear", dim, 2 * dim);
        }

        /** x [N, L, D], steering [N, D] → [N, L, D]. */
        public Tensor forward(Tensor x, Tensor steering) {
            return scoped(() -> {
                List<Tensor> gate =
                        gates.forward(steering).unsqueeze(1).chunk(2, 2); // attention's, feed-forward's: [N, 1, D]
                Tensor h = scoped(() -> x.addcmul(gate.get(0), toOut.forward(attend(norm1.forward(x)))));
                return h.addcmul(
                        gate.get(1), scoped(() -> down.forward(Ops.siluInPlace(up.forward(norm2.forward(h))))));
            });
        }

        /** [N, L, D] → [N, L, D]. */
        private Tensor attend(Tensor x) {
            return scoped(() -> {
                long n = x.size(0);
                long l = x.size(1);
                long dim = x.size(2);
                Tensor parts =
                        qkv.forward(x).view(n, l, 3, heads, dim / heads).permute(2, 0, 3, 1, 4); // [3, N, H, L, Dh]
                return Attention.attention(parts.select(0, 0), parts.select(0, 1), parts.select(0, 2))
                        .transpose(1, 2)
                        .reshape(n, l, dim);
            });
        }
    }
}
