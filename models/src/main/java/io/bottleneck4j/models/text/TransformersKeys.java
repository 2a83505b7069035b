package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Config;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Keys of a transformers config.json that change nothing in what an encoder here computes; their file says why. */
final class TransformersKeys {
    static final Set<String> WITHOUT_EFFECT = TokenizerFiles.resource("transformers-keys.txt")
            .lines()
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .flatMap(keys -> Arrays.stream(keys.split(" ", -1)))
            .collect(Collectors.toUnmodifiableSet());

    private TransformersKeys() {}

    /**
     * Accounts for a configuration's keys once what the encoder needs is read.
     *
     * @param more keys of this class that have no effect either
     */
    static void account(Config config, String owner, String... more) {
        config.refuseUnless("quantization_config", Set.of());
        config.refuseUnless("per_layer_config", Set.of());
        config.account(
                owner,
                Stream.concat(WITHOUT_EFFECT.stream(), Arrays.stream(more)).collect(Collectors.toUnmodifiableSet()));
    }
}
