package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * CLIPScore: a JSON object that has a caption for each picture's name.
 *
 * <p>{@code clipscore.py} takes that object and a folder of pictures, named {@code NAME.png}, one of each. Source:
 * jmhessel/clipscore@1036465, README.md, clipscore.py.
 */
final class ClipScoreSet implements Benchmark {
    @Override
    public String name() {
        return "clipscore";
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
    public List<BenchmarkPrompt> prompts(PromptFile file) {
        List<BenchmarkPrompt> prompts = new ArrayList<>();
        JsonNode object = file.object();
        for (Map.Entry<String, JsonNode> one : object.properties()) {
            String text = file.text("'" + one.getKey() + "'", one.getValue());
            prompts.add(new BenchmarkPrompt(text, "", one.getKey(), prompts.size(), ""));
        }
        return prompts;
    }

    @Override
    public @Nullable String obstacle(BenchmarkPrompt prompt) {
        return Names.obstacle(prompt.id() + ".png");
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        return prompt.id() + ".png";
    }
}
