package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * What a Qwen that reads texts is called in GGUF files, and what transformers calls it. Llama's queries and keys lie in another order there,
 * those of a Qwen do not.
 *
 * <p>Source: MODEL_ARCH.QWEN3 and QWEN2VL in gguf-py/gguf/constants.py and tensor_mapping.py of llama.cpp.
 */
@API(status = API.Status.INTERNAL)
public final class GgufQwen {
    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d{1,3})\\.(\\w+)\\.(weight|bias)");
    private static final Map<String, String> LAYERS = Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("ffn_norm", "post_attention_layernorm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"));
    private static final Map<String, String> OUTSIDE = Map.of(
            "token_embd.weight", "model.embed_tokens.weight",
            "output_norm.weight", "model.norm.weight",
            "output.weight", "lm_head.weight");

    private GgufQwen() {}

    /** Whether a file of these tensors holds a Qwen3 under these names. */
    public static boolean isQwen3In(Set<String> names) {
        return names.contains("blk.0.attn_q_norm.weight") && names.contains("blk.0.attn_output.weight");
    }

    /** Whether a file of these tensors holds a Qwen2.5-VL, or its like, under these names. */
    public static boolean isQwen25In(Set<String> names) {
        return names.contains("blk.0.attn_q.bias") && names.contains("blk.0.attn_output.weight");
    }

    /** Such a file under transformers' names; what has no other name there keeps its own. */
    public static TensorSource renamed(TensorSource file) {
        return new RenamedSource(file, name -> Optional.of(transformersName(name)));
    }

    private static String transformersName(String name) {
        Matcher layer = LAYER.matcher(name);
        return layer.matches() && LAYERS.containsKey(layer.group(2))
                ? "model.layers." + layer.group(1) + "." + LAYERS.get(layer.group(2)) + "." + layer.group(3)
                : OUTSIDE.getOrDefault(name, name);
    }
}
