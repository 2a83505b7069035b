package io.bottleneck4j.cli.generate;

import io.bottleneck4j.cli.options.Seeds;
import java.math.BigInteger;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is written. */
final class OutputOptions {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT")
    public @Nullable Path output;

    @Option(names = "-n", paramLabel = "K")
    int count = 1;

    @Option(names = "--seed", paramLabel = "S", converter = Seeds.Converter.class)
    public @Nullable BigInteger seed;

    @Option(names = "--from-png", paramLabel = "P")
    public @Nullable Path fromPng;

    @Option(names = "--from-video", paramLabel = "V")
    public @Nullable Path fromVideo;

    @Option(names = "--latents-out", paramLabel = "F")
    public @Nullable Path latents;

    @Option(names = "--preview-every", paramLabel = "K")
    public @Nullable Integer previewEvery;

    @Option(names = "--preview-dir", paramLabel = "D")
    public @Nullable Path previewDir;
}
