package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * T2I-CompBench: {@code color_val.txt} and its like, a prompt a line, what follows a tab left out.
 *
 * <p>Its scripts are pointed at a folder for each category, which we name by the file without {@code _val}, and read
 * {@code samples/PROMPT_000023.png}: the prompt up to the first underscore, and a number that counts the category's pictures, samples of
 * one prompt in a row. The n-th sample's seed is the first's plus n, as theirs. Source: Karine-Huang/T2I-CompBench@1b70949,
 * GORS_finetune/inference_eval.py, BLIPvqa_eval/BLIP_vqa.py.
 */
final class T2iCompBench implements Benchmark {
    @Override
    public String name() {
        return "t2i-compbench";
    }

    @Override
    public int samples() {
        return 10;
    }

    @Override
    public boolean hasFilePerCategory() {
        return true;
    }

    @Override
    public List<BenchmarkPrompt> prompts(PromptFile file) {
        String category = file.stem().replaceFirst("_val$", "");
        List<BenchmarkPrompt> prompts = new ArrayList<>();
        for (String line : file.lines()) {
            prompts.add(BenchmarkPrompt.of(line.split("\t", 2)[0], category, prompts.size()));
        }
        return prompts;
    }

    @Override
    public @Nullable String obstacle(BenchmarkPrompt prompt) {
        return prompt.text().contains("_")
                ? "has an underscore, at which T2I-CompBench's scripts end the prompt"
                : Names.obstacle(prompt.text() + "_000000.png");
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        int number = prompt.number() * samples + slot.sample();
        return String.format(Locale.ROOT, "%s/samples/%s_%06d.png", prompt.category(), prompt.text(), number);
    }
}
