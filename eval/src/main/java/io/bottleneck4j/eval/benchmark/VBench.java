package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * VBench: {@code VBench_full_info.json}, a list of objects with {@code prompt_en} and {@code dimension}.
 *
 * <p>Its script reads {@code PROMPT-2.mp4}, five of each prompt, from one folder that holds nothing else. A prompt listed twice is drawn
 * once, for the dimensions of both; its category is the names of its dimensions, joined by plus. Source: Vchitect/VBench@45e79ec,
 * vbench/__init__.py, prompts/README.md.
 */
final class VBench implements Benchmark {
    @Override
    public String name() {
        return "vbench";
    }

    @Override
    public int samples() {
        return 5;
    }

    @Override
    public boolean isOfVideos() {
        return true;
    }

    @Override
    public String advice() {
        return "vbench advises 25 samples of temporal_flickering's prompts, before its static filter; this run has as"
                + " many of these as of others";
    }

    @Override
    public List<BenchmarkPrompt> prompts(PromptFile file) {
        Map<String, Set<String>> dimensions = new LinkedHashMap<>();
        int number = 0;
        for (JsonNode item : file.list()) {
            String place = "item " + ++number;
            Set<String> own =
                    dimensions.computeIfAbsent(file.text(place, item, "prompt_en"), text -> new LinkedHashSet<>());
            if (!item.path("dimension").isArray() || item.path("dimension").isEmpty()) {
                throw file.wrong(place + ": 'dimension'", "must be a list that is not empty");
            }
            item.path("dimension").forEach(one -> own.add(file.text(place + ": 'dimension'", one)));
        }
        List<BenchmarkPrompt> prompts = new ArrayList<>();
        dimensions.forEach((text, own) -> prompts.add(BenchmarkPrompt.of(text, String.join("+", own), prompts.size())));
        return prompts;
    }

    @Override
    public @Nullable String obstacle(BenchmarkPrompt prompt) {
        return Names.obstacle(prompt.text() + "-00.mp4");
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        return prompt.text() + "-" + slot.sample() + ".mp4";
    }
}
