package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ImageReward's benchmark: {@code benchmark-prompts.json}, a list of objects with {@code id} and {@code prompt}.
 *
 * <p>{@code test-benchmark.py} reads {@code ID_2.png}, and takes the number of samples from the number of files in the folder. Source:
 * THUDM/ImageReward@c1392c6, README.md, test-benchmark.py.
 */
final class ImageRewardSet implements Benchmark {
    @Override
    public String name() {
        return "imagereward";
    }

    @Override
    public int samples() {
        return 10;
    }

    @Override
    public List<BenchmarkPrompt> prompts(PromptFile file) {
        List<BenchmarkPrompt> prompts = new ArrayList<>();
        for (JsonNode item : file.list()) {
            String place = "item " + (prompts.size() + 1);
            String id = file.text(place, item, "id");
            prompts.add(new BenchmarkPrompt(file.text(place, item, "prompt"), "", id, prompts.size(), ""));
        }
        return prompts;
    }

    @Override
    public @Nullable String obstacle(BenchmarkPrompt prompt) {
        return Names.obstacle(prompt.id() + "_00.png");
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        return prompt.id() + "_" + slot.sample() + ".png";
    }
}
