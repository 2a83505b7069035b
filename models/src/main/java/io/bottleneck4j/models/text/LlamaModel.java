package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.RmsNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Llama as a text encoder: token embeddings, then layers that look at earlier tokens only. Source: transformers
 * modeling_llama.py@5.23.0, LlamaModel.
 *
 * <p>HunyuanVideo takes the states before the last layers. Those layers and the final norm are asked for, so that a file must hold
 * them, but neither read nor computed.
 */
public final class LlamaModel {
    /** What stands before a layer's name in a LlamaForCausalLM, and in a Llava, whose language model it is. */
    private static final Pattern PREFIX =
            Pattern.compile("^(?:language_model\\.model\\.|model\\.language_model\\.|model\\.)");
    /** What those have beside it. */
    private static final Pattern LARGER = Pattern.compile(
            "(?:language_model\\.)?lm_head\\.weight|(?:model\\.)?(?:vision_tower|multi_modal_projector)\\..+");
    /** Constants that older versions of transformers stored. */
    private static final String FREQUENCIES = ".rotary_emb.inv_freq";

    private final LlamaConfig config;
    private final Tensor embedTokens;
    private final List<Part<LlamaDecoderLayer>> layers = new ArrayList<>();

    /**
     * Reads the weights under the names of {@link #checkpoint}.
     *
     * @param skip how many of the last layers are left out, at least 1: {@code hidden_states[-(skip + 1)]} is what comes out
     * @throws IllegalArgumentException if there are not that many layers
     */
    public LlamaModel(LlamaConfig config, int skip, Weights w) {
        if (skip < 1 || skip > config.numHiddenLayers()) {
            throw new IllegalArgumentException(
                    "skip: must be between 1 and the " + config.numHiddenLayers() + " layers, not " + skip);
        }
        this.config = config;
        embedTokens = w.tensor("embed_tokens.weight", config.vocabSize(), config.hiddenSize());
        int used = config.numHiddenLayers() - skip;
        for (int i = 0; i < used; i++) {
            layers.add(w.part("layers." + i, layer -> new LlamaDecoderLayer(config, layer)));
        }
        try (Scope scope = Scope.open()) {
            for (int i = used; i < config.numHiddenLayers(); i++) {
                new LlamaDecoderLayer(config, w.unread().at("layers." + i));
            }
            RmsNorm.of(w.unread(), "norm", config.hiddenSize(), config.rmsNormEps());
        }
    }

    /**
     * A checkpoint under the names this class asks for: without the prefix {@code model.} and the head of a LlamaForCausalLM, of a Llava
     * the language model alone, and without stored frequencies. Closing it closes the source.
     */
    public static TensorSource checkpoint(TensorSource source) {
        return new RenamedSource(
                source,
                name -> name.endsWith(FREQUENCIES) ? Optional.empty() : Optional.of(bare(name)),
                name -> LARGER.matcher(name).matches());
    }

    /** Whether a file of these tensors holds such a checkpoint. */
    public static boolean isIn(Set<String> names) {
        return names.stream().anyMatch(name -> bare(name).equals("layers.0.self_attn.q_proj.weight"));
    }

    private static String bare(String name) {
        return PREFIX.matcher(name).replaceFirst("");
    }

    public LlamaConfig config() {
        return config;
    }

    /**
     * Encodes a prompt's token ids, padding included: [1, L, hiddenSize], not normalised.
     *
     * @param tokens how many ids come before the padding, which no token looks at
     * @throws IllegalArgumentException if there are none, or one is outside the vocabulary
     */
    public Tensor forward(long[] ids, int tokens) {
        if (tokens < 1 || tokens > ids.length) {
            throw new IllegalArgumentException(
                    "tokens: must be between 1 and the " + ids.length + " ids, not " + tokens);
        }
        return scoped(() -> encode(ids, tokens));
    }

    private Tensor encode(long[] ids, int tokens) {
        Tensor x = Ops.embedding(embedTokens, EncoderInputs.ids(ids, config.vocabSize(), embedTokens.device()));
        Tensor mask = EncoderInputs.causalMask(ids.length, tokens).to(x.dtype()).to(x.device());
        LlamaPositions positions = LlamaPositions.of(config, ids.length, x.dtype(), x.device());
        return Layer.inTurn(x, layers, (part, y) -> part.use(layer -> layer.forward(y, mask, positions)));
    }
}
