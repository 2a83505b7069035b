package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The suite of the bundled model: JSON lines with {@code prompt} and {@code category}, and with what is to be seen for its scorer.
 *
 * <p>Pictures are {@code 0007_02.png}: sample 2 of prompt 7.
 */
final class Emoji implements Benchmark {
    @Override
    public String name() {
        return "emoji";
    }

    @Override
    public int samples() {
        return 4;
    }

    @Override
    public List<BenchmarkPrompt> prompts(PromptFile file) {
        return read(file, "category");
    }

    /** Prompts of JSON lines with a category under this key. */
    static List<BenchmarkPrompt> read(PromptFile file, String category) {
        List<String> lines = file.lines();
        List<JsonNode> objects = file.objects();
        List<BenchmarkPrompt> prompts = new ArrayList<>();
        for (int i = 0; i < objects.size(); i++) {
            String place = "line " + (i + 1);
            prompts.add(new BenchmarkPrompt(
                    file.text(place, objects.get(i), "prompt"),
                    file.text(place, objects.get(i), category),
                    "",
                    i,
                    lines.get(i)));
        }
        return prompts;
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        return String.format(Locale.ROOT, "%04d_%02d.png", slot.promptIndex(), slot.sample());
    }
}
