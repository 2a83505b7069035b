package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.media.WholeFile;
import java.nio.file.Path;

/** Decoding or writing failed after the denoising, whose latents are kept. */
public final class KeptLatentsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Throwable failure;
    private final transient Path latents;
    private final transient Path output;

    /**
     * Names the file.
     *
     * @param latents where they are
     * @param output the picture that could not be made
     */
    public KeptLatentsException(Throwable failure, Path latents, Path output) {
        super(WholeFile.message(failure) + "; the denoised latents are kept in " + latents, failure);
        this.failure = failure;
        this.latents = latents;
        this.output = output;
    }

    /** What failed. */
    public Throwable failure() {
        return failure;
    }

    /** Where the latents are. */
    public Path latents() {
        return latents;
    }

    /** The file that could not be made. */
    public Path output() {
        return output;
    }
}
