package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.io.WeightsException;
import java.util.concurrent.CancellationException;
import org.apiguardian.api.API;

/** What is to blame when something fails, and how programs say so: the exit code of a process and the status of an HTTP answer. */
@API(status = API.Status.INTERNAL)
public enum FailureKind {
    /** Reading and writing, a full disk, NaN or infinity, and whatever nobody thought of. */
    OTHER(1, 500),
    /** What is asked for cannot be done. */
    USAGE(2, 400),
    /** The model folder or its weights. */
    WEIGHTS(3, 500),
    /** The device or memory, or libtorch for this platform. */
    DEVICE(4, 503),
    /** Ctrl-C, as shells have it; a client that closed its request, as nginx has it. */
    CANCELLED(130, 499);

    private final int exitCode;
    private final int httpStatus;

    FailureKind(int exitCode, int httpStatus) {
        this.exitCode = exitCode;
        this.httpStatus = httpStatus;
    }

    /** What a process returns. */
    public int exitCode() {
        return exitCode;
    }

    /** What a server answers. */
    public int httpStatus() {
        return httpStatus;
    }

    /**
     * The kind of a failure.
     *
     * <p>NaN or infinity in latents or picture is {@link #OTHER}: neither the command nor the files need be wrong, mostly the type is.
     */
    public static FailureKind of(Throwable failure) {
        if (failure instanceof KeptLatentsException kept) {
            return of(kept.failure());
        }
        if (failure instanceof CancellationException) {
            return CANCELLED;
        }
        if (failure instanceof DeviceException
                || failure instanceof OutOfMemoryError
                || failure instanceof LinkageError) {
            return DEVICE;
        }
        if (failure instanceof WeightsException || failure instanceof FolderException) {
            return WEIGHTS;
        }
        return failure instanceof IllegalArgumentException ? USAGE : OTHER;
    }
}
