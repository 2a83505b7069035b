package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.options.PromptFile;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.score.PictureSet;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which pictures a metric looks at, and what each was drawn from. */
final class ScoredOptions {
    @Option(names = "--pictures", paramLabel = "DIR")
    private @Nullable Path pictures;

    @Option(names = "--prompts", paramLabel = "F")
    private @Nullable Path prompts;

    @Option(names = "--per-prompt", paramLabel = "K")
    private @Nullable Integer perPrompt;

    @Option(names = "--run", paramLabel = "RUN")
    private @Nullable Path run;

    /** Checks that options go together; IllegalArgumentException if they do not. */
    void require() {
        if ((pictures == null) == (run == null)) {
            throw new IllegalArgumentException(
                    run == null
                            ? "pictures: are missing; give a folder with --pictures, or a run with --run"
                            : "run: takes the place of --pictures; give only one of them");
        }
        if (run != null && prompts != null) {
            throw new IllegalArgumentException("prompts: a run knows its own; leave them out with --run");
        }
        if (prompts == null && perPrompt != null) {
            throw new IllegalArgumentException("per-prompt: says how pictures belong to --prompts, which "
                    + (run == null ? "is missing" : "a run does not use"));
        }
    }

    /** The run, null where a plain folder is scored. */
    @Nullable
    RunFolder run() {
        return run == null ? null : new RunFolder(run);
    }

    @Nullable
    Path prompts() {
        return prompts;
    }

    /** The pictures with their prompts. */
    PictureSet set() throws IOException {
        RunFolder of = run();
        if (of != null) {
            return PictureSet.of(of);
        }
        return prompts == null
                ? PictureSet.described(folder())
                : PictureSet.numbered(folder(), PromptFile.read("prompts", prompts), perPrompt == null ? 1 : perPrompt);
    }

    /** The pictures, each beside that of its name. */
    PictureSet paired(Path reference) throws IOException {
        RunFolder of = run();
        return of == null ? PictureSet.paired(folder(), reference) : PictureSet.paired(of, new RunFolder(reference));
    }

    /** Where the pictures are. */
    Path folder() {
        RunFolder of = run();
        if (of != null) {
            return of.images();
        }
        if (pictures == null) {
            throw new IllegalStateException("pictures: were not required");
        }
        return pictures;
    }

    /** Where the pictures of a reference are. */
    Path folder(Path reference) throws IOException {
        return run == null ? reference : PictureSet.requirePictures(new RunFolder(reference));
    }
}
