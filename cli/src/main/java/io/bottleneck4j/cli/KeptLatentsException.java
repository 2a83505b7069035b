package io.bottleneck4j.cli;

import java.nio.file.Path;

/** Decoding or writing failed after the denoising, whose latents are kept. */
final class KeptLatentsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Throwable failure;

    /**
     * Names the file.
     *
     * @param latents where they are
     * @param output the picture that could not be made
     */
    KeptLatentsException(Throwable failure, Path latents, Path output) {
        super(
                Failures.message(failure) + System.lineSeparator() + "bottleneck4j: the denoised latents are kept in "
                        + latents + "; decode them with: bottleneck4j decode " + Shell.quoted(latents) + " -o "
                        + Shell.quoted(output),
                failure);
        this.failure = failure;
    }

    Throwable failure() {
        return failure;
    }
}
