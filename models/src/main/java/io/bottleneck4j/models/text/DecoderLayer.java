package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import io.bottleneck4j.torch.nn.RmsNorm;
import java.util.function.UnaryOperator;

/**
 * Self-attention with shared keys and values, and a gated feed-forward, each normalised before. Source: transformers
 * modeling_llama.py@5.23.0, LlamaDecoderLayer, and modeling_qwen3.py@5.23.0, Qwen3DecoderLayer, which differ in the norms of queries and
 * keys.
 */
final class DecoderLayer {
    private final DecoderConfig config;
    private final RmsNorm inputLayernorm;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear o;
    private final UnaryOperator<Tensor> qNorm;
    private final UnaryOperator<Tensor> kNorm;
    private final int inner;
    private final RmsNorm postAttentionLayernorm;
    private final Linear gate;
    private final Linear up;
    private final Linear down;

    DecoderLayer(DecoderConfig config, Weights w) {
        this.config = config;
        int d = config.hiddenSize();
        inner = config.numAttentionHeads() * config.headDim();
        int shared = config.numKeyValueHeads() * config.headDim();
        int wide = config.intermediateSize();
        inputLayernorm = RmsNorm.of(w, "input_layernorm", d, config.rmsNormEps());
        q = linear(w, "self_attn.q_proj", d, inner, config.attentionBias());
        k = linear(w, "self_attn.k_proj", d, shared, config.attentionBias());
        v = linear(w, "self_attn.v_proj", d, shared, config.attentionBias());
        o = linear(w, "self_attn.o_proj", inner, d, config.outputBias());
        qNorm = headNorm(w, "self_attn.q_norm");
        kNorm = headNorm(w, "self_attn.k_norm");
        postAttentionLayernorm = RmsNorm.of(w, "post_attention_layernorm", d, config.rmsNormEps());
        gate = linear(w, "mlp.gate_proj", d, wide, config.mlpBias());
        up = linear(w, "mlp.up_proj", d, wide, config.mlpBias());
        down = linear(w, "mlp.down_proj", wide, d, config.mlpBias());
    }

    private static Linear linear(Weights w, String key, int in, int out, boolean bias) {
        return bias ? Linear.of(w.quantized(), key, in, out) : Linear.withoutBias(w.quantized(), key, in, out);
    }

    /** Over each head's dimensions, of a key or a query; nothing in Llama. */
    private UnaryOperator<Tensor> headNorm(Weights w, String key) {
        return config.qkNorm() ? RmsNorm.of(w, key, config.headDim(), config.rmsNormEps())::forward : x -> x;
    }

    /** x [1, L, D]; mask [1, 1, L, L], added to the scores. */
    Tensor forward(Tensor x, Tensor mask, LlamaPositions positions) {
        return scoped(() -> {
            Tensor attended = scoped(() -> x.add(attention(inputLayernorm.forward(x), mask, positions)));
            return attended.add(feedForward(postAttentionLayernorm.forward(attended)));
        });
    }

    private Tensor attention(Tensor x, Tensor mask, LlamaPositions positions) {
        double scale = 1 / Math.sqrt((double) config.headDim());
        Tensor attended = scoped(() -> Attention.attention(
                        positions.turn(qNorm.apply(heads(q, x)).transpose(1, 2)),
                        spread(positions.turn(kNorm.apply(heads(k, x)).transpose(1, 2))),
                        spread(heads(v, x).transpose(1, 2)),
                        mask,
                        scale)
                .transpose(1, 2)
                .reshape(1, x.size(1), inner));
        return o.forward(attended);
    }

    private Tensor feedForward(Tensor x) {
        Tensor hidden = scoped(() -> config.hiddenAct().apply(gate.forward(x)).mul(up.forward(x)));
        return down.forward(hidden);
    }

    /** [1, L, D] → [1, L, heads, Dh]. */
    private Tensor heads(Linear projection, Tensor x) {
        return projection.forward(x).view(1, x.size(1), -1, config.headDim());
    }

    /** Each head of keys or values once for every head of queries it serves: [1, H, L, Dh]. */
    private Tensor spread(Tensor x) {
        long shared = config.numKeyValueHeads();
        long each = config.numAttentionHeads() / shared;
        long length = x.size(2);
        long dim = config.headDim();
        return x.unsqueeze(2).expand(1, shared, each, length, dim).reshape(1, config.numAttentionHeads(), length, dim);
    }
}
