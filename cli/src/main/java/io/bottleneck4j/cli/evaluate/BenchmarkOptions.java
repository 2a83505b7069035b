package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.options.Seeds;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.eval.benchmark.Benchmark;
import io.bottleneck4j.eval.benchmark.Layout;
import io.bottleneck4j.eval.benchmark.PromptFiles;
import io.bottleneck4j.eval.run.Shard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What of which benchmark is made. */
final class BenchmarkOptions {
    @Option(
            names = "--benchmark",
            required = true,
            paramLabel = "B",
            description = {
                "emoji, the bundled model's own; geneval, t2i-compbench, drawbench, hpsv2, clipscore, imagereward;",
                "of videos vbench, t2v-compbench."
            })
    private String benchmark = "";

    @Option(
            names = "--prompts",
            arity = "1..*",
            paramLabel = "FILE",
            description = {
                "The benchmark's file of prompts, as its authors have it; of t2i-compbench, hpsv2 and t2v-compbench",
                "one for each category. Default: emoji's is bundled."
            })
    private List<Path> prompts = List.of();

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "RUN",
            description = "The folder of the run: a new one, or one to go on with.")
    Path out = Path.of("");

    @Option(names = "-n", paramLabel = "K", description = "Samples of each prompt. Default: the benchmark's.")
    private @Nullable Integer samples;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "Only the first N prompts. Scores of them do not compare with published ones.")
    private @Nullable Integer limit;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of each prompt's sample 0, from 0 up; sample k has S + k. Default: 42.")
    long seed = 42;

    @Option(
            names = "--shard",
            paramLabel = "I/N",
            description = "Make every N-th prompt from the I-th on, as one of N processes that share the run.")
    private String shard = Shard.WHOLE.toString();

    @Option(
            names = "--skip-bad",
            description =
                    "Leave out prompts that the benchmark's scripts cannot read pictures of, and list them; else they end the run.")
    private boolean skipBad;

    /** What is chosen, with everything in it that needs no model looked into. */
    record Chosen(PromptFiles prompts, Layout layout, Shard shard) {
        Benchmark benchmark() {
            return layout.benchmark();
        }
    }

    /**
     * Reads the prompts.
     *
     * @throws IllegalArgumentException if options or files are wrong, or a prompt has no place and is not to be skipped
     */
    Chosen read(Notes notes) throws IOException {
        Benchmark chosen = Benchmark.named(benchmark);
        PromptFiles files = prompts.isEmpty() ? chosen.bundled() : PromptFiles.read(prompts);
        int perPrompt = samples == null ? chosen.samples() : samples;
        Layout layout = Layout.of(chosen, files, limit == null ? Integer.MAX_VALUE : limit, perPrompt);
        Seeds.require(seed, perPrompt);
        layout.faults().forEach(fault -> {
            if (!skipBad) {
                throw new IllegalArgumentException(fault + "; --skip-bad leaves such prompts out and lists them");
            }
            notes.warning(fault + "; it is left out");
        });
        if (perPrompt != chosen.samples()) {
            notes.note("n: " + chosen + " has " + chosen.samples() + " samples of each prompt, this run " + perPrompt
                    + "; say so beside its scores");
        }
        if (chosen.advice() != null) {
            notes.note(chosen.advice());
        }
        return new Chosen(files, layout, Shard.parse(shard));
    }
}
