package io.bottleneck4j.cli.terminal;

import java.nio.file.Path;

/** Commands in messages, to be copied into a shell. */
public final class Shell {
    private Shell() {}

    public static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[\\w./+,@%:=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
