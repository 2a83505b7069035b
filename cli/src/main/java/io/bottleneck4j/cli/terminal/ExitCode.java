package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.batch.Batch;
import io.bottleneck4j.pipeline.FailureKind;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;

/** What the process returns: {@link FailureKind} by name, and zero. */
public final class ExitCode {
    public static final int OK = 0;
    /** Reading and writing, a full disk, NaN or infinity, and whatever nobody thought of. */
    public static final int OTHER = 1;
    /** The command asks for what cannot be done. */
    public static final int USAGE = 2;
    /** The model folder or its weights. */
    public static final int WEIGHTS = 3;
    /** The device or memory, or libtorch for this platform. */
    public static final int DEVICE = 4;
    /** Some of many were made and some were not. */
    public static final int PARTIAL = Batch.PARTIAL_EXIT;
    /** Ctrl-C, as shells have it. */
    public static final int CANCELLED = 130;

    /** For {@code --help}. */
    public static final Map<String, String> MEANINGS = meanings();

    private static Map<String, String> meanings() {
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put(" " + OK, "done");
        meanings.put(" " + OTHER, "a file could not be read or written, or a picture came out as NaN");
        meanings.put(" " + USAGE, "the command is wrong");
        meanings.put(" " + WEIGHTS, "the model folder or its weights are wrong");
        meanings.put(" " + DEVICE, "the device is missing, or memory ran out");
        meanings.put(" " + PARTIAL, "batch: some rows failed, the others were made");
        meanings.put(" " + CANCELLED, "cancelled");
        return meanings;
    }

    private ExitCode() {}

    public static int of(Throwable failure) {
        return failure instanceof CommandLine.ParameterException
                ? USAGE
                : FailureKind.of(failure).exitCode();
    }
}
