package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * T2V-CompBench: {@code prompts/1_consistent_attr.txt} and its like, a prompt a line, or {@code meta_data/action_binding.json} and its
 * like, lists of objects with {@code prompt}.
 *
 * <p>Its scripts are pointed at a folder for each category, named as its README has them, and read {@code 0007.mp4}, the seventh
 * prompt's, one of each. Source: KaiyueSun98/T2V-CompBench@116f996, README.md, MLLM_eval/eval_consistent_attr.py.
 */
final class T2vCompBench implements Benchmark {
    private static final Map<String, String> FOLDERS = Map.ofEntries(
            Map.entry("1_consistent_attr", "consistent_attr"),
            Map.entry("consistent_attribute_binding", "consistent_attr"),
            Map.entry("2_dynamic_attr", "dynamic_attr"),
            Map.entry("dynamic_attribute_binding", "dynamic_attr"),
            Map.entry("3_spatial_relationship", "spatial_relationships"),
            Map.entry("spatial_relationships", "spatial_relationships"),
            Map.entry("4_motion_binding", "motion_binding"),
            Map.entry("motion_binding", "motion_binding"),
            Map.entry("5_action_binding", "action_binding"),
            Map.entry("action_binding", "action_binding"),
            Map.entry("6_interaction", "interaction"),
            Map.entry("object_interactions", "interaction"),
            Map.entry("7_numeracy", "generative_numeracy"),
            Map.entry("generative_numeracy", "generative_numeracy"));

    @Override
    public String name() {
        return "t2v-compbench";
    }

    @Override
    public int samples() {
        return 1;
    }

    @Override
    public boolean takesSamples() {
        return false;
    }

    @Override
    public boolean isOfVideos() {
        return true;
    }

    @Override
    public boolean hasFilePerCategory() {
        return true;
    }

    @Override
    public List<BenchmarkPrompt> prompts(PromptFile file) {
        String folder = FOLDERS.get(file.stem());
        if (folder == null) {
            throw new IllegalArgumentException(file.name() + ": is named as none of T2V-CompBench's files; use one of "
                    + FOLDERS.keySet().stream().sorted().toList() + " with .txt or .json");
        }
        List<BenchmarkPrompt> prompts = new ArrayList<>();
        if (file.name().endsWith(".json")) {
            for (JsonNode item : file.list()) {
                String text = file.text("item " + (prompts.size() + 1), item, "prompt");
                prompts.add(BenchmarkPrompt.of(text, folder, prompts.size()));
            }
        } else {
            file.lines().forEach(line -> prompts.add(BenchmarkPrompt.of(line, folder, prompts.size())));
        }
        return prompts;
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        return String.format(Locale.ROOT, "%s/%04d.mp4", prompt.category(), prompt.number() + 1);
    }
}
