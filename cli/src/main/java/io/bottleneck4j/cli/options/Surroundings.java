package io.bottleneck4j.cli.options;

import io.bottleneck4j.bundle.Bundle;
import io.bottleneck4j.pipeline.Cancellation;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command needs to know of the process it runs in; tests give their own.
 *
 * @param environment variables
 * @param home the user's home directory
 * @param terminal whether stderr is a terminal
 */
public record Surroundings(Map<String, String> environment, Path home, boolean terminal, Cancellation cancellation) {

    /** Those of this process; the launcher says whether stderr is a terminal, which Java cannot tell. */
    public static Surroundings ofProcess(Cancellation cancellation) {
        return new Surroundings(
                System.getenv(),
                Bundle.home(System.getenv()),
                Boolean.getBoolean("bottleneck4j.terminal"),
                cancellation);
    }

    /** Where the bundled model is unpacked: XDG_CACHE_HOME/bottleneck4j or ~/.cache/bottleneck4j. */
    public Path cache() {
        return Bundle.cacheDirectory(environment, home);
    }

    /** Where what a server made is kept: XDG_DATA_HOME/bottleneck4j or ~/.local/share/bottleneck4j. */
    public Path data() {
        return Bundle.dataDirectory(environment, home);
    }
}
