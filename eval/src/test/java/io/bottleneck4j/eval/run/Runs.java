package io.bottleneck4j.eval.run;

import java.util.List;
import java.util.Map;

/** Runs for tests. */
public final class Runs {
    private Runs() {}

    /** Of emoji-flux, of one shard. */
    public static RunRecord record(String plan, int prompts, int samples) {
        return record(plan, prompts, samples, 1);
    }

    static RunRecord record(String plan, int prompts, int samples, int shards) {
        return new RunRecord(
                new RunRecord.PromptSet("prompts.jsonl", "0".repeat(64), prompts),
                "geneval",
                "emoji-flux",
                plan,
                List.of("256x256, 20 of 20 steps"),
                20,
                1.23e12,
                false,
                256,
                256,
                1,
                "float32",
                Map.of("guidance", "3.5"),
                samples,
                7,
                shards,
                "cpu, 2 threads",
                "0.1.0");
    }

    /** A finished one. */
    public static RunPicture picture(int prompt, int sample) {
        return new RunPicture(
                "%05d/samples/%04d.png".formatted(prompt, sample),
                prompt,
                sample,
                7 + sample,
                "counting",
                "two \"foxes\",\nside by side",
                1.5 + sample);
    }
}
