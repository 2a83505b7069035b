package io.bottleneck4j.pipeline;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One picture or video that a {@link JobLoop} is to make.
 *
 * @param label tells it from others of the same prompt; empty where nothing need be told
 * @param output its file
 * @param latents where its clean latents go, if they are wanted
 */
public record Job(
        String label,
        Request request,
        Path output,
        @Nullable Path latents) {
    /** Without latents and label. */
    public Job(Request request, Path output) {
        this("", request, output, null);
    }
}
