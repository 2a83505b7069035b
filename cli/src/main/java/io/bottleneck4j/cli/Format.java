package io.bottleneck4j.cli;

import java.util.Locale;
import picocli.CommandLine.Option;

/** How results are printed. */
enum Format {
    TEXT,
    JSON;

    /** The option, the same in every command that has it. */
    static final class Choice {
        @Option(
                names = "--format",
                paramLabel = "F",
                converter = Word.OfFormat.class,
                completionCandidates = Word.OfFormat.class,
                description = "Of what is printed on standard output: ${COMPLETION-CANDIDATES}. Default: text.")
        private Format format = TEXT;

        boolean isJson() {
            return format == JSON;
        }

        Format get() {
            return format;
        }
    }

    static Format parse(String word) {
        for (Format format : values()) {
            if (format.toString().equals(word.toLowerCase(Locale.ROOT))) {
                return format;
            }
        }
        throw new IllegalArgumentException("format: must be text or json, not '" + word + "'");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
