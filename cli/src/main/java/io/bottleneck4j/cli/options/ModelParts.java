package io.bottleneck4j.cli.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Files in place of a model's components. */
public class ModelParts {
    @Option(names = "--base", paramLabel = "M")
    public @Nullable String base;

    @Option(names = "--variant", paramLabel = "V")
    public @Nullable String variant;

    @Option(names = "--vae", paramLabel = "PATH")
    public @Nullable String vae;

    @Option(names = "--text-encoder", paramLabel = "PATH")
    public @Nullable String textEncoder;

    @Option(names = "--text-encoder-2", paramLabel = "PATH")
    public @Nullable String textEncoder2;

    @Option(names = "--transformer-2", paramLabel = "PATH")
    public @Nullable String transformer2;

    @Option(names = "--tokenizers", paramLabel = "FOLDER")
    public @Nullable String tokenizers;

    /** A model's name with these. */
    public final String named(String model) {
        return new ModelWords(model)
                .with("base", base)
                .with("variant", variant)
                .with("vae", vae)
                .with("text-encoder", textEncoder)
                .with("text-encoder-2", textEncoder2)
                .with("transformer-2", transformer2)
                .with("tokenizers", tokenizers)
                .toString();
    }
}
