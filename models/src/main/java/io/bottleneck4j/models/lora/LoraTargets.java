package io.bottleneck4j.models.lora;

import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.torch.io.TensorInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The layers of a model that a LoRA's modules stand for, in whichever of the known spellings: diffusers' and peft's, ComfyUI's and
 * ai-toolkit's, kohya's, XLabs'.
 *
 * <p>Source: lora_conversion_utils.py of diffusers@0.42.1. T5's names, which diffusers does not read: LORA_PREFIX_TEXT_ENCODER_T5 in
 * networks/lora_flux.py of kohya-ss/sd-scripts, branch sd3.
 */
final class LoraTargets {
    static final String TRANSFORMER = "transformer";
    static final String CLIP = "text_encoder";
    static final String T5 = "text_encoder_2";

    static final List<String> COMPONENTS = List.of(TRANSFORMER, CLIP, T5);

    private static final String WEIGHT = ".weight";

    /**
     * How the names of a component's modules begin.
     *
     * @param dots whether dots separate what follows, else underscores
     */
    private record Prefix(String text, String component, boolean dots) {}

    /** The first that fits counts; the last fits all. */
    private static final List<Prefix> PREFIXES = List.of(
            new Prefix("lora_unet_", TRANSFORMER, false),
            new Prefix("lora_transformer_", TRANSFORMER, false),
            new Prefix("lora_te_", CLIP, false),
            new Prefix("lora_te1_", CLIP, false),
            new Prefix("lora_te2_", T5, false),
            new Prefix("lora_te3_", T5, false),
            new Prefix("text_encoders.clip_l.transformer.", CLIP, true),
            new Prefix("text_encoders.t5xxl.transformer.", T5, true),
            new Prefix("text_encoder.", CLIP, true),
            new Prefix("text_encoder_2.", T5, true),
            new Prefix("base_model.model.", TRANSFORMER, true),
            new Prefix("diffusion_model.", TRANSFORMER, true),
            new Prefix("model.diffusion_model.", TRANSFORMER, true),
            new Prefix("transformer.", TRANSFORMER, true),
            new Prefix("", TRANSFORMER, true));

    private static final Pattern XLABS =
            Pattern.compile("(double|single)_blocks\\.(\\d{1,4})\\.processor\\.(qkv|proj)_lora([12]?)");
    private static final Pattern CLIP_MODEL = Pattern.compile("text_model[._]");

    private final Map<String, Map<String, TensorInfo>> model;
    private final OriginalLayers original;
    private final Map<String, Map<String, String>> underscored = new HashMap<>();

    /**
     * Where a module belongs.
     *
     * @param component of the model
     * @param layers whose rows lie one below the other in the module's B; empty where no program's names have such a module
     * @param swapped whether the halves of the rows lie the other way round there
     */
    record Target(String component, List<String> layers, boolean swapped) {
        Target(String component, List<String> layers) {
            this(component, layers, false);
        }
    }

    /**
     * Those of a model.
     *
     * @param model names, types and shapes of each component's weights
     * @param original what its transformer's layers were called at first
     */
    LoraTargets(Map<String, Map<String, TensorInfo>> model, OriginalLayers original) {
        this.model = model;
        this.original = original;
        model.forEach((component, infos) -> underscored.put(component, underscored(infos)));
    }

    private static Map<String, String> underscored(Map<String, TensorInfo> infos) {
        Map<String, String> names = new HashMap<>();
        infos.keySet().stream()
                .filter(key -> key.endsWith(WEIGHT))
                .map(key -> key.substring(0, key.length() - WEIGHT.length()))
                .forEach(layer -> names.put(layer.replace('.', '_'), layer));
        return names;
    }

    /** The weight of a layer. */
    static String key(String layer) {
        return layer + WEIGHT;
    }

    /** Where a module belongs, as far as its name tells; whether the model has these layers is another question. */
    Target find(String module) {
        Prefix prefix = PREFIXES.stream()
                .filter(it -> module.startsWith(it.text()))
                .findFirst()
                .orElseThrow();
        String name = module.substring(prefix.text().length());
        String component = prefix.component();
        if (component.equals(TRANSFORMER)) {
            return prefix.dots() ? dotted(name) : ofUnderscored(name);
        }
        Matcher clip = CLIP_MODEL.matcher(name);
        String bare = component.equals(CLIP) && clip.lookingAt() ? name.substring(clip.end()) : name;
        return prefix.dots() ? new Target(component, List.of(bare)) : inTable(component, bare);
    }

    private Target ofUnderscored(String name) {
        return original.dotted(name).map(this::dotted).orElseGet(() -> inTable(TRANSFORMER, name));
    }

    private Target inTable(String component, String name) {
        String layer = underscored.getOrDefault(component, Map.of()).get(name);
        return new Target(component, layer == null ? List.of() : List.of(layer));
    }

    private Target dotted(String name) {
        List<String> layers = original.layers(name);
        if (!layers.isEmpty()) {
            return new Target(TRANSFORMER, layers, original.isSwapped(name));
        }
        Matcher xlabs = XLABS.matcher(name);
        return new Target(TRANSFORMER, xlabs.matches() ? ofXlabs(xlabs) : List.of(name));
    }

    /** XLabs changes what attention computes: queries, keys and values of the picture (1) and the text (2), and the projection after it. */
    private List<String> ofXlabs(Matcher module) {
        String block = module.group(1) + "_blocks." + module.group(2) + ".";
        boolean projects = module.group(3).equals("proj");
        if (module.group(1).equals("single")) {
            List<String> layers = original.layers(block + (projects ? "linear2" : "linear1"));
            return projects
                    ? layers
                    : layers.subList(0, Math.min(3, layers.size())); // without the feed-forward layer's
        }
        return original.layers(block + (module.group(4).equals("2") ? "txt" : "img") + "_attn." + module.group(3));
    }

    /** The shape [out, in] of a layer's weight; empty where the model has none, or it is no matrix. */
    Optional<List<Long>> shape(String component, String layer) {
        return Optional.ofNullable(model.getOrDefault(component, Map.of()).get(key(layer)))
                .map(TensorInfo::shape)
                .filter(shape -> shape.size() == 2);
    }
}
