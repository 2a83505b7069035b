package io.bottleneck4j.models.folder;

/** A model folder is missing something, or holds what bottleneck4j does not read. */
public final class FolderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public FolderException(String message) {
        super(message);
    }

    public FolderException(String message, Throwable cause) {
        super(message, cause);
    }
}
