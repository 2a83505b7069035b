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
 * What T5's encoder is called in GGUF files, and what transformers calls it.
 *
 * <p>Source: MODEL_ARCH.T5ENCODER in gguf-py/gguf/constants.py and tensor_mapping.py of llama.cpp.
 */
@API(status = API.Status.INTERNAL)
public final class GgufT5 {
    private static final Pattern BLOCK = Pattern.compile("enc\\.blk\\.(\\d{1,3})\\.(\\w+)\\.weight");
    private static final Map<String, String> LAYERS = Map.of(
            "attn_norm", "layer.0.layer_norm",
            "attn_q", "layer.0.SelfAttention.q",
            "attn_k", "layer.0.SelfAttention.k",
            "attn_v", "layer.0.SelfAttention.v",
            "attn_o", "layer.0.SelfAttention.o",
            "attn_rel_b", "layer.0.SelfAttention.relative_attention_bias",
            "ffn_norm", "layer.1.layer_norm",
            "ffn_gate", "layer.1.DenseReluDense.wi_0",
            "ffn_up", "layer.1.DenseReluDense.wi_1",
            "ffn_down", "layer.1.DenseReluDense.wo");
    private static final Map<String, String> OUTSIDE =
            Map.of("token_embd.weight", "shared.weight", "enc.output_norm.weight", "encoder.final_layer_norm.weight");

    private GgufT5() {}

    /** Whether a file of these tensors holds the encoder under these names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("enc.blk.0.attn_q.weight");
    }

    /** Such a file under transformers' names; what has no other name there keeps its own. */
    public static TensorSource renamed(TensorSource file) {
        return new RenamedSource(file, name -> Optional.of(transformersName(name)));
    }

    private static String transformersName(String name) {
        Matcher block = BLOCK.matcher(name);
        if (block.matches() && LAYERS.containsKey(block.group(2))) {
            return "encoder.block." + block.group(1) + "." + LAYERS.get(block.group(2)) + ".weight";
        }
        return OUTSIDE.getOrDefault(name, name);
    }
}
