package io.bottleneck4j.eval.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The benchmarks that are known. */
public final class Benchmarks {
    private static final List<Benchmark> ALL = List.of(
            new Emoji(),
            new GenEval(),
            new T2iCompBench(),
            new DrawBench(),
            new Hpsv2(),
            new ClipScoreSet(),
            new ImageRewardSet(),
            new VBench(),
            new T2vCompBench());

    private Benchmarks() {}

    /** Their names, our own first. */
    public static List<String> names() {
        return ALL.stream().map(Benchmark::name).toList();
    }

    /**
     * The benchmark of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Benchmark of(String name) {
        return ALL.stream()
                .filter(benchmark -> benchmark.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "benchmark: '" + name + "' is unknown; use one of " + String.join(", ", names())));
    }

    /**
     * The prompts of a benchmark that come with bottleneck4j.
     *
     * @throws IllegalArgumentException if they do not
     */
    public static PromptFiles bundled(Benchmark benchmark) throws IOException {
        String name = benchmark.name() + ".jsonl";
        try (InputStream in = Benchmarks.class.getResourceAsStream("/io/bottleneck4j/eval/suite/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("prompts: " + benchmark.name()
                        + "'s are not bundled; name the file of its authors with --prompts");
            }
            return PromptFiles.of(name, in.readAllBytes());
        }
    }
}
