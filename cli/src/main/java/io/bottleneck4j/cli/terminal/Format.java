package io.bottleneck4j.cli.terminal;

import java.util.Locale;
import picocli.CommandLine.Option;

/** How results are printed. */
public enum Format {
    TEXT,
    JSON;

    /** The option, the same in every command that has it. */
    public static final class Choice {
        @Option(names = "--format", paramLabel = "F")
        private Format format = TEXT;

        public boolean isJson() {
            return format == JSON;
        }

        public Format get() {
            return format;
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
