package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names that attention weights had in older files. Source: diffusers modeling_utils.py@0.42.1, _fix_state_dict_keys_on_load. */
final class LegacyAttentionKeys {
    private static final Pattern OLD = Pattern.compile(
            "((?:encoder|decoder)\\.mid_block\\.attentions\\.0)\\.(query|key|value|proj_attn)\\.(weight|bias)");
    private static final Map<String, String> NAMES =
            Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

    private LegacyAttentionKeys() {}

    /** The source under today's names. With both names in the file the old one stays as it is, to be reported as unexpected. */
    static TensorSource renamed(TensorSource source) {
        return new RenamedSource(source, key -> {
            String today = today(key);
            return Optional.of(source.infos().containsKey(today) ? key : today);
        });
    }

    private static String today(String key) {
        Matcher old = OLD.matcher(key);
        return old.matches() ? old.group(1) + "." + NAMES.get(old.group(2)) + "." + old.group(3) : key;
    }
}
