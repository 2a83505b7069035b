package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A source whose attention weights go by today's names, whatever the file's age. Source: diffusers
 * modeling_utils.py@0.42.1, _fix_state_dict_keys_on_load.
 */
final class LegacyAttentionKeys implements TensorSource {
    private static final Pattern OLD = Pattern.compile(
            "((?:encoder|decoder)\\.mid_block\\.attentions\\.0)\\.(query|key|value|proj_attn)\\.(weight|bias)");
    private static final Map<String, String> NAMES =
            Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

    private final TensorSource source;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, String> stored = new LinkedHashMap<>();

    LegacyAttentionKeys(TensorSource source) {
        this.source = source;
        Map<String, TensorInfo> found = source.infos();
        found.forEach((key, info) -> {
            String today = renamed(key);
            // With both names in the file the old one stays as it is, to be reported as unexpected.
            String name = found.containsKey(today) ? key : today;
            infos.put(name, info);
            stored.put(name, key);
        });
    }

    private static String renamed(String key) {
        Matcher old = OLD.matcher(key);
        return old.matches() ? old.group(1) + "." + NAMES.get(old.group(2)) + "." + old.group(3) : key;
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public Tensor tensor(String name) {
        return source.tensor(stored.getOrDefault(name, name));
    }

    @Override
    public void close() {
        source.close();
    }
}
