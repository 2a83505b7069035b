package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * DrawBench: a CSV file with the columns {@code Prompts} and {@code Category}.
 *
 * <p>It came without a script; people compared the pictures. HPSv2's {@code --data-type drawbench} reads {@code 00007.jpg}, one picture
 * of each prompt, and so do we name them; they are PNG inside, which readers find out by content. Source: Saharia et al. 2022, appendix
 * C; tgxs002/HPSv2@866735e, hpsv2/evaluation.py.
 */
final class DrawBench implements Benchmark {
    @Override
    public String name() {
        return "drawbench";
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
        List<List<String>> rows = file.rows();
        List<String> head = rows.isEmpty()
                ? List.of()
                : rows.get(0).stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .toList();
        int text = head.indexOf("prompts");
        int category = head.indexOf("category");
        if (text < 0 || category < 0) {
            throw file.wrong("row 1", "must have the columns Prompts and Category, and has " + head);
        }
        List<BenchmarkPrompt> prompts = new ArrayList<>();
        for (int i = 1; i < rows.size(); i++) {
            List<String> row = rows.get(i);
            if (row.size() != head.size() || row.get(text).isBlank()) {
                throw file.wrong("row " + (i + 1), "must have a prompt and " + head.size() + " fields");
            }
            prompts.add(BenchmarkPrompt.of(row.get(text), row.get(category), i - 1));
        }
        return prompts;
    }

    @Override
    public String file(BenchmarkPrompt prompt, Slot slot, int samples) {
        return String.format(Locale.ROOT, "%05d.jpg", slot.promptIndex());
    }
}
