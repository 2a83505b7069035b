package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A benchmark: the format of its prompts, and the names that its own scripts read pictures by. */
public interface Benchmark {

    /** As {@code --benchmark} takes it. */
    String name();

    /** Samples of each prompt, as its authors have it. */
    int samples();

    /** Whether its scripts have a place for another number of samples. */
    default boolean takesSamples() {
        return true;
    }

    /** Whether it is of videos. */
    default boolean isOfVideos() {
        return false;
    }

    /** Whether its prompts come in several files, one for each category, which its scripts score one by one. */
    default boolean hasFilePerCategory() {
        return false;
    }

    /** What to know before scores are compared with published ones; null for nothing. */
    default @Nullable String advice() {
        return null;
    }

    /**
     * The prompts of a file.
     *
     * @throws IllegalArgumentException naming file and place, if it is not in the benchmark's format
     */
    List<BenchmarkPrompt> prompts(PromptFile file);

    /** Why its scripts cannot read pictures of a prompt; null if they can. */
    default @Nullable String obstacle(BenchmarkPrompt prompt) {
        return null;
    }

    /**
     * The file of a picture, relative to the run's images, with slashes.
     *
     * @param slot its place in the run
     * @param samples of each prompt
     */
    String file(BenchmarkPrompt prompt, Slot slot, int samples);

    /** Other files that its scripts read beside a prompt's pictures: by name, relative to the run's images. */
    default Map<String, String> companions(BenchmarkPrompt prompt, int promptIndex) {
        return Map.of();
    }
}
