package io.bottleneck4j.models.lora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.torch.io.Excerpt;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What is said of an adapter outside its tensors: by diffusers' {@code save_lora_weights} in the file's header, under {@code
 * lora_adapter_metadata}, peft's LoraConfig of each component, its keys after the component's name and a dot; by peft's {@code
 * save_pretrained} in the file {@code adapter_config.json} beside {@code adapter_model.safetensors}, which holds one LoraConfig.
 *
 * <p>Source: loaders/lora_base.py of diffusers@0.42.1; peft_model.py and config.py of peft@0.21.2.
 */
final class AdapterMetadata {
    private static final String KEY = "lora_adapter_metadata";
    private static final String PEFT_FILE = "adapter_model.safetensors";
    private static final String PEFT_CONFIG = "adapter_config.json";

    private final JsonNode json;
    private final boolean ofComponents;

    private AdapterMetadata(JsonNode json, boolean ofComponents) {
        this.json = json;
        this.ofComponents = ofComponents;
    }

    /**
     * Reads it; a file without it says nothing.
     *
     * @throws WeightsException if it is no JSON object, or peft's of another adapter than a LoRA
     */
    static AdapterMetadata read(Path file, Map<String, String> header) {
        String text = header.get(KEY);
        Path config = file.resolveSibling(PEFT_CONFIG);
        boolean isPeft = text == null && file.endsWith(PEFT_FILE) && Files.isRegularFile(config);
        String where = isPeft ? config.toString() : file + ": " + KEY + " in its header";
        try {
            JsonNode json = new ObjectMapper().readTree(isPeft ? Files.readString(config) : text == null ? "{}" : text);
            if (!json.isObject()) {
                throw new WeightsException(where + " must be a JSON object; save it again");
            }
            String type = json.path("peft_type").asText("LORA");
            if (isPeft && !type.equals("LORA")) {
                throw new WeightsException(where + ": peft_type: must be LORA, not " + Excerpt.quoted(type)
                        + "; take a LoRA, or merge this into a model in Python");
            }
            return new AdapterMetadata(json, !isPeft);
        } catch (JsonProcessingException e) {
            throw new WeightsException(
                    where + " must be JSON: " + Excerpt.of(Excerpt.json(e.getOriginalMessage()), 160)
                            + "; save it again",
                    e);
        } catch (IOException e) {
            throw new WeightsException(where + ": cannot be read: " + e.getMessage() + "; check its permissions", e);
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
        if (!ofComponents) {
            return json.get(key);
        }
        int dot = module.indexOf('.');
        return dot < 0 ? null : json.get(module.substring(0, dot) + "." + key);
    }
}
