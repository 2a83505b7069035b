package io.bottleneck4j.cli.compare;

import io.bottleneck4j.cli.options.Seeds;
import io.bottleneck4j.cli.terminal.Format;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is drawn under each plan, and where it goes. */
final class ComparisonOptions {
    @Option(names = "-n", paramLabel = "K", description = "Seeds of each prompt, upward from the first. Default: 1.")
    int count = 1;

    @Option(names = "--seed", paramLabel = "S", description = "The first seed, from 0 up. Default: 0.")
    long seed;

    @Option(
            names = "--reference",
            paramLabel = "P",
            description =
                    "The plan the others are measured against. Default: baseline if it takes part, else the first.")
    @Nullable
    String reference;

    @Option(
            names = "--out-dir",
            paramLabel = "D",
            description = {
                "Folder for pictures, page, sheet and table; made if missing. Default: comparison.",
                "Pictures in it that were made with the same settings are kept."
            })
    Path folder = Path.of("comparison");

    @Option(names = "--format", paramLabel = "F", description = "Of what is printed: text (default) or json.")
    Format format = Format.TEXT;
}
