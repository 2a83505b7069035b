package io.bottleneck4j.cli.options;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a model that is put together of files, in one line: {@code flux1-dev.safetensors base=org/name vae=ae.safetensors}. So it is
 * stored in what the model makes, and taken from there again.
 */
final class ModelWords {
    private static final Pattern PART =
            Pattern.compile(" (base|variant|vae|text-encoder|text-encoder-2|transformer-2|tokenizers)=");

    private final String model;
    private final Map<String, String> parts;

    ModelWords(String name) {
        Matcher part = PART.matcher(name);
        Map<String, String> found = new LinkedHashMap<>();
        String model = name;
        String last = "";
        int start = 0;
        while (part.find()) {
            if (last.isEmpty()) {
                model = name.substring(0, part.start());
            } else {
                found.put(last, name.substring(start, part.start()));
            }
            last = part.group(1);
            start = part.end();
        }
        if (!last.isEmpty()) {
            found.put(last, name.substring(start));
        }
        this.model = model;
        this.parts = found;
    }

    private ModelWords(String model, Map<String, String> parts) {
        this.model = model;
        this.parts = parts;
    }

    /** The same with a part named, unless it is null. */
    ModelWords with(String part, @Nullable String place) {
        if (place == null) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>(parts);
        all.put(part, place);
        return new ModelWords(model, all);
    }

    String model() {
        return model;
    }

    boolean hasParts() {
        return !parts.isEmpty();
    }

    @Nullable
    String get(String part) {
        return parts.get(part);
    }

    @Override
    public String toString() {
        StringBuilder name = new StringBuilder(model);
        parts.forEach((part, place) -> name.append(' ').append(part).append('=').append(place));
        return name.toString();
    }
}
