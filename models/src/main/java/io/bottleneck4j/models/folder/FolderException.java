package io.bottleneck4j.models.folder;

import io.bottleneck4j.torch.io.Excerpt;
import org.apiguardian.api.API;

/** A model folder is missing something, or holds what bottleneck4j does not read. A long message loses its middle. */
@API(status = API.Status.STABLE)
public final class FolderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public FolderException(String message) {
        super(Excerpt.message(message));
    }

    public FolderException(String message, Throwable cause) {
        super(Excerpt.message(message), cause);
    }
}
