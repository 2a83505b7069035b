package io.bottleneck4j.eval.benchmark;

/**
 * One prompt of a benchmark.
 *
 * @param text what is drawn
 * @param category as the benchmark has it; empty where it has none
 * @param id what its files are named by, where the benchmark gives it a name; else empty
 * @param number its place in its file, from 0
 * @param source the line of JSON it was read from, as it was; empty where it was no line of JSON
 */
public record BenchmarkPrompt(String text, String category, String id, int number, String source) {
    /** A prompt that is nothing but its text. */
    static BenchmarkPrompt of(String text, String category, int number) {
        return new BenchmarkPrompt(text, category, "", number, "");
    }
}
