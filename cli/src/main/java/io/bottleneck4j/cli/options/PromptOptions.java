package io.bottleneck4j.cli.options;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the picture shows. */
public final class PromptOptions extends GuidanceOptions {
    @Option(names = "--prompt-file", paramLabel = "F")
    public @Nullable Path promptFile;

    /** The prompts, in order, of a command that takes several; complains as {@link #prompts}. */
    public List<String> all(List<String> words) {
        return words.size() > 1 && promptFile == null ? words : prompts(words, null);
    }

    /**
     * The prompts, in order, of a command that takes one on its command line; without one that of {@code --from-png},
     * if any. Refuses more than one source of them, and none.
     */
    public List<String> prompts(List<String> words, @Nullable String stored) {
        if (words.size() > 1) {
            throw new IllegalArgumentException("prompt: must be one argument, not " + words.size()
                    + "; put it in quotes: \"" + String.join(" ", words) + "\"");
        }
        if (promptFile != null) {
            if (!words.isEmpty()) {
                throw new IllegalArgumentException("prompt: give either PROMPT or --prompt-file, not both");
            }
            return PromptFile.read("prompt-file", promptFile);
        }
        if (!words.isEmpty()) {
            return List.of(words.get(0));
        }
        if (stored != null) {
            return List.of(stored);
        }
        throw new IllegalArgumentException(
                "prompt: is missing; say what the picture shows, as in: bottleneck4j generate \"a red fox\"");
    }
}
