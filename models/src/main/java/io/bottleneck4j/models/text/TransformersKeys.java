package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.io.Excerpt;
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
     * Refuses the configuration of another text encoder, which its own keys would tell by a width at best. Absent, it is taken for this one.
     *
     * @param types what {@code model_type} may be
     */
    static void requireType(Config config, String... types) {
        String found = config.stringOr("model_type", types[0]);
        if (!Arrays.asList(types).contains(found)) {
            throw new FolderException(config.file() + ": model_type: must be " + String.join(" or ", types) + ", is "
                    + Excerpt.quoted(found) + ", another text encoder; give that of this family");
        }
    }

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
