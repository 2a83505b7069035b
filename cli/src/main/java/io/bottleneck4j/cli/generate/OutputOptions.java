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
            paramLabel = "OUT",
            description = {
                "The file, replaced if there, by its ending: png; of a video mp4, webm, gif, or png for numbered frames.",
                "Several get -0000, -0001, ... Default: out.png, of a video out.mp4."
            })
    public @Nullable Path output;

    @Option(
            names = "-n",
            paramLabel = "K",
            description = "Pictures of each prompt, with seeds upward from the first. Default: 1.")
    int count = 1;

    @Option(
            names = "--seed",
            paramLabel = "S",
            converter = Seeds.Converter.class,
            description = "Seed of the noise, from 0 to 2^64 - 1. Default: a random one, which is printed and stored.")
    public @Nullable BigInteger seed;

    @Option(
            names = "--from-png",
            paramLabel = "P",
            description = "Take all settings from a picture made by bottleneck4j; other options change them.")
    public @Nullable Path fromPng;

    @Option(
            names = "--from-video",
            paramLabel = "V",
            description = "The same from a video, the JSON file beside it, or the first of its numbered frames.")
    public @Nullable Path fromVideo;

    @Option(
            names = "--latents-out",
            paramLabel = "F",
            description = "Also write the clean latents to F.safetensors, before decoding; numbered as pictures are.")
    public @Nullable Path latents;

    @Option(
            names = "--preview-every",
            paramLabel = "K",
            description = "Write a preview after every K-th step; needs --preview-dir.")
    public @Nullable Integer previewEvery;

    @Option(names = "--preview-dir", paramLabel = "D", description = "Where previews go: D/out-step-0007.png.")
    public @Nullable Path previewDir;
}
