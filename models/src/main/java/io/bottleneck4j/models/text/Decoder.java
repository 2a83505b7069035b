package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.RmsNorm;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A language model as a text encoder: token embeddings, then layers that look at earlier tokens only, of which as many are computed as
 * are needed. The others, and the final norm, are then asked for, so that a file must hold them, but neither read nor computed.
 */
final class Decoder {
    /** What stands before a layer's name in a causal model, as LlamaForCausalLM, and in a Llava, whose language model it is. */
    private static final Pattern PREFIX =
            Pattern.compile("^(?:language_model\\.model\\.|model\\.language_model\\.|model\\.)");
    /** What those have beside it. */
    private static final Pattern LARGER = Pattern.compile(
            "(?:language_model\\.)?lm_head\\.weight|(?:model\\.)?(?:vision_tower|multi_modal_projector|visual)\\..+");

    private static final Pattern LAYER = Pattern.compile("layers\\.\\d{1,4}\\.input_layernorm\\.weight");
    /** Constants that older versions of transformers stored. */
    private static final String FREQUENCIES = ".rotary_emb.inv_freq";

    private final DecoderConfig config;
    private final Tensor embedTokens;
    private final List<Part<DecoderLayer>> layers = new ArrayList<>();
    private final RmsNorm norm;
    private final List<Integer> states;

    /**
     * Reads the weights under the names of {@link #checkpoint}.
     *
     * @param states which of Python's {@code hidden_states} come out: n is after n layers, and that after all of them is normalised
     */
    Decoder(DecoderConfig config, List<Integer> states, Weights w) {
        this.config = config;
        this.states = List.copyOf(states);
        int used = Collections.max(states);
        boolean all = used == config.numHiddenLayers();
        embedTokens = w.tensor("embed_tokens.weight", config.vocabSize(), config.hiddenSize());
        for (int i = 0; i < used; i++) {
            layers.add(w.part("layers." + i, layer -> new DecoderLayer(config, layer)));
        }
        try (Scope scope = Scope.open()) {
            for (int i = used; i < config.numHiddenLayers(); i++) {
                new DecoderLayer(config, w.unread().at("layers." + i));
            }
        }
        norm = RmsNorm.of(all ? w : w.unread(), "norm", config.hiddenSize(), config.rmsNormEps());
    }

    /**
     * The same of states that may be counted from the end, as Python does: -1 is the last.
     *
     * @throws IllegalArgumentException if there are none, or there are not that many layers
     */
    static Decoder of(DecoderConfig config, List<Integer> states, Weights w) {
        int layers = config.numHiddenLayers();
        if (states.isEmpty()) {
            throw new IllegalArgumentException("states: must name at least one of the hidden_states, not none");
        }
        List<Integer> counted = new ArrayList<>();
        for (int state : states) {
            if (state < -layers - 1 || state > layers) {
                throw new IllegalArgumentException("states: must be between " + (-layers - 1) + " and " + layers
                        + ", as a model of " + layers + " layers has " + (layers + 1) + ", not " + state);
            }
            counted.add(state < 0 ? state + layers + 1 : state);
        }
        return new Decoder(config, counted, w);
    }

    /**
     * A checkpoint under the names this class asks for: without the prefix {@code model.} and the head of a causal model, of a Llava
     * or a Qwen-VL the language model alone, and without stored frequencies. Closing it closes the source.
     */
    static TensorSource checkpoint(TensorSource source) {
        return new RenamedSource(
                source,
                name -> name.endsWith(FREQUENCIES) ? Optional.empty() : Optional.of(bare(name)),
                name -> LARGER.matcher(name).matches());
    }

    /** Whether a file of these tensors holds such a checkpoint. */
    static boolean isIn(Set<String> names) {
        return names.stream().anyMatch(name -> bare(name).equals("layers.0.self_attn.q_proj.weight"));
    }

    /** What names and shapes tell of a configuration, where queries have norms, which tell the width of a head. */
    static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, List<Long>> shapes = new HashMap<>();
        infos.forEach((name, info) -> shapes.put(bare(name), info.shape()));
        long heads = rows(shapes, "layers.0.self_attn.q_norm.weight");
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("vocab_size", rows(shapes, "embed_tokens.weight"));
        config.put("hidden_size", rows(shapes, "layers.0.input_layernorm.weight"));
        config.put("intermediate_size", rows(shapes, "layers.0.mlp.gate_proj.weight"));
        config.put("head_dim", heads);
        config.put("num_attention_heads", rows(shapes, "layers.0.self_attn.q_proj.weight") / Math.max(1, heads));
        config.put("num_key_value_heads", rows(shapes, "layers.0.self_attn.k_proj.weight") / Math.max(1, heads));
        config.put(
                "num_hidden_layers",
                shapes.keySet().stream()
                        .filter(name -> LAYER.matcher(name).matches())
                        .count());
        return config;
    }

    /** 0 of one that is not there, which a report then tells. */
    private static long rows(Map<String, List<Long>> shapes, String name) {
        List<Long> shape = shapes.getOrDefault(name, List.of());
        return shape.isEmpty() ? 0 : shape.get(0);
    }

    private static String bare(String name) {
        return PREFIX.matcher(name).replaceFirst("");
    }

    /**
     * The states of a prompt's token ids, padding included, side by side: [1, L, states · D].
     *
     * @param tokens how many ids come before the padding, which no token looks at
     * @throws IllegalArgumentException if there are no tokens, or one is outside the vocabulary
     */
    Tensor forward(long[] ids, int tokens) {
        if (tokens < 1 || tokens > ids.length) {
            throw new IllegalArgumentException(
                    "tokens: must be between 1 and the " + ids.length + " ids, not " + tokens);
        }
        return scoped(() -> {
            Map<Integer, Tensor> kept = kept(ids, tokens);
            return Ops.cat(-1, states.stream().map(kept::get).toArray(Tensor[]::new));
        });
    }

    /** Each state that is not asked for is freed as soon as the next is there. */
    private Map<Integer, Tensor> kept(long[] ids, int tokens) {
        Map<Integer, Tensor> kept = new HashMap<>();
        Tensor x = Ops.embedding(embedTokens, EncoderInputs.ids(ids, config.vocabSize(), embedTokens.device()));
        Tensor mask = EncoderInputs.causalMask(ids.length, tokens).to(x.dtype()).to(x.device());
        LlamaPositions positions = LlamaPositions.of(config, ids.length, x.dtype(), x.device());
        for (int i = 0; i < layers.size(); i++) {
            Tensor last = x;
            x = layers.get(i).use(layer -> layer.forward(last, mask, positions));
            if (states.contains(i)) {
                kept.put(i, last);
            } else {
                Scope.free(last);
            }
        }
        kept.put(layers.size(), layers.size() == config.numHiddenLayers() ? norm.forward(x) : x);
        return kept;
    }
}
