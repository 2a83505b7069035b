package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * GenEval: {@code evaluation_metadata.jsonl}, whose {@code tag} is the category.
 *
 * <p>Its script reads {@code 00007/metadata.jsonl}, which is the prompt's line, and every {@code 00007/samples/0002.png}. Every prompt
 * begins with one seed, as its generation script has it. Source: djghosh13/geneval@af4902f, README.md, evaluation/evaluate_images.py,
 * generation/diffusers_generate.py.
 */
final class GenEval implements Benchmark {
    @Override
    public String name() {
        return "geneval";
    }

    @Override
    public int samples() {
        return 4;
    }

    @Override
    public List<BenchmarkPrompt> prompts(PromptFile file) {
        return Emoji.read(file, "tag");
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        return String.format(Locale.ROOT, "%05d/samples/%04d.png", slot.promptIndex(), slot.sample());
    }

    @Override
    public Map<String, String> companions(BenchmarkPrompt prompt, int promptIndex) {
        return Map.of(String.format(Locale.ROOT, "%05d/metadata.jsonl", promptIndex), prompt.source() + "\n");
    }
}
