package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.pipeline.KeptLatentsException;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.io.WeightsException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;

/**
 * What the process returns for each kind of failure, the one place that says so.
 *
 * <p>NaN or infinity in latents or picture is {@link #OTHER}: neither the command nor the files need be wrong, mostly the type is.
 */
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
        meanings.put(" " + CANCELLED, "cancelled");
        return meanings;
    }

    private record Row(Class<? extends Throwable> kind, int code) {}

    /** The first row that fits counts. */
    private static final List<Row> TABLE = List.of(
            new Row(CancellationException.class, CANCELLED),
            new Row(DeviceException.class, DEVICE),
            new Row(OutOfMemoryError.class, DEVICE),
            new Row(LinkageError.class, DEVICE),
            new Row(WeightsException.class, WEIGHTS),
            new Row(FolderException.class, WEIGHTS),
            new Row(CommandLine.ParameterException.class, USAGE),
            new Row(IllegalArgumentException.class, USAGE));

    private ExitCode() {}

    public static int of(Throwable failure) {
        if (failure instanceof KeptLatentsException kept) {
            return of(kept.failure());
        }
        return TABLE.stream()
                .filter(row -> row.kind().isInstance(failure))
                .findFirst()
                .map(Row::code)
                .orElse(OTHER);
    }
}
