package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * HPSv2's benchmark: {@code anime.json}, {@code concept-art.json}, {@code paintings.json} and {@code photo.json}, each a list of prompts.
 *
 * <p>{@code hpsv2.evaluate} reads {@code anime/00007.jpg}, one picture of each prompt; they are PNG inside, which readers find out by
 * content, and which loses nothing. Source: tgxs002/HPSv2@866735e, README.md, hpsv2/evaluation.py.
 */
final class Hpsv2 implements Benchmark {
    @Override
    public String name() {
        return "hpsv2";
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
    public boolean hasFilePerCategory() {
        return true;
    }

    @Override
    public String advice() {
        return "hpsv2's script leaves missing pictures out of its means, and its first releases take another in their"
                + " place: let it score a run after 'evaluate check'";
    }

    @Override
    public List<BenchmarkPrompt> prompts(PromptFile file) {
        List<BenchmarkPrompt> prompts = new ArrayList<>();
        for (JsonNode item : file.list()) {
            String text = file.text("item " + (prompts.size() + 1), item);
            prompts.add(BenchmarkPrompt.of(text, file.stem(), prompts.size()));
        }
        return prompts;
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        return String.format(Locale.ROOT, "%s/%05d.jpg", prompt.category(), prompt.number());
    }
}
