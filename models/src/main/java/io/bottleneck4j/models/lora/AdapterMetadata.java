package io.bottleneck4j.models.lora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What diffusers' {@code save_lora_weights} says of an adapter in a file's header, under {@code lora_adapter_metadata}: peft's LoraConfig of
 * each component, its keys after the component's name and a dot. Source: loaders/lora_base.py of diffusers@0.42.1.
 */
final class AdapterMetadata {
    private static final String KEY = "lora_adapter_metadata";

    private final JsonNode json;

    private AdapterMetadata(JsonNode json) {
        this.json = json;
    }

    /**
     * Reads it; a file without it says nothing.
     *
     * @throws WeightsException if it is no JSON object
     */
    static AdapterMetadata read(Path file, Map<String, String> header) {
        String text = header.get(KEY);
        try {
            JsonNode json = new ObjectMapper().readTree(text == null ? "{}" : text);
            if (!json.isObject()) {
                throw new WeightsException(file + ": " + KEY + " in its header must be a JSON object; save it again");
            }
            return new AdapterMetadata(json);
        } catch (JsonProcessingException e) {
            throw new WeightsException(
                    file + ": " + KEY + " in its header must be JSON: " + e.getOriginalMessage() + "; save it again",
                    e);
        }
    }

    /** The alpha of a module, named with its component. */
    OptionalDouble alpha(String module) {
        JsonNode patterns = of(module, "alpha_pattern");
        if (patterns != null) {
            for (Map.Entry<String, JsonNode> pattern : patterns.properties()) {
                // peft has regular expressions; a file holds names, or their ends
                String name =
                        pattern.getKey().startsWith("^") ? pattern.getKey().substring(1) : pattern.getKey();
                if (pattern.getValue().isNumber() && (module + ".").endsWith("." + name + ".")) {
                    return OptionalDouble.of(pattern.getValue().doubleValue());
                }
            }
        }
        JsonNode alpha = of(module, "lora_alpha");
        return alpha != null && alpha.isNumber() ? OptionalDouble.of(alpha.doubleValue()) : OptionalDouble.empty();
    }

    /** Whether alpha is divided by the rank's square root. */
    boolean isRankStabilised(String module) {
        JsonNode stabilised = of(module, "use_rslora");
        return stabilised != null && stabilised.asBoolean();
    }

    private @Nullable JsonNode of(String module, String key) {
        int dot = module.indexOf('.');
        return dot < 0 ? null : json.get(module.substring(0, dot) + "." + key);
    }
}
