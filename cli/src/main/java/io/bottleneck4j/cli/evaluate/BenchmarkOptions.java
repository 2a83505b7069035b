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
    @Option(names = "--benchmark", required = true, paramLabel = "B")
    private String benchmark = "";

    @Option(names = "--prompts", arity = "1..*", paramLabel = "FILE")
    private List<Path> prompts = List.of();

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "RUN")
    Path out = Path.of("");

    @Option(names = "-n", paramLabel = "K")
    private @Nullable Integer samples;

    @Option(names = "--limit", paramLabel = "N")
    private @Nullable Integer limit;

    @Option(names = "--seed", paramLabel = "S")
    long seed = 42;

    @Option(names = "--shard", paramLabel = "I/N")
    private String shard = Shard.WHOLE.toString();

    @Option(names = "--skip-bad")
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
