package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Saves the latents of one picture before it is decoded, so that hours of denoising outlive a failure. They are removed again once the
 * picture is written, unless the user asked for them.
 */
final class LatentsKeeper {
    private final Cancellation cancellation;
    private final Consumer<String> warn;
    private final Path output;
    private final @Nullable Path wanted;
    private @Nullable Path saved;

    /**
     * For one picture.
     *
     * @param warn told what the user should know
     */
    LatentsKeeper(Cancellation cancellation, Consumer<String> warn, Job job) {
        this.cancellation = cancellation;
        this.warn = warn;
        output = job.output();
        wanted = job.latents();
    }

    /**
     * Saves them: where the user wants, else beside the picture, else in the system's folder for temporary files.
     *
     * @throws KeptLatentsException if the user wants them and they cannot be saved there, but could be elsewhere
     * @throws IOException if they could not
     */
    void save(LatentsFile file) throws IOException {
        if (wanted != null) {
            Path target = wanted;
            try {
                cancellation.whole(() -> file.write(target));
                saved = target;
                return;
            } catch (IOException e) {
                if (saveForSafety(file) == null) {
                    throw kept(e);
                }
                throw e;
            }
        }
        IOException failure = saveForSafety(file);
        if (failure != null) {
            warn.accept("the latents could not be saved before decoding: " + failure.getMessage());
        }
    }

    /** Latents of this very request that a process left beside the picture when it was ended; null where there are none. */
    @Nullable
    LatentsFile takeUp(Settings settings, Request request) throws IOException {
        Path left = named(folder(), "");
        if (!request.isRepeatable() || !Files.isRegularFile(left)) {
            return null;
        }
        try {
            LatentsFile file = LatentsFile.read(left, request.model().latentChannels(), settings.kind());
            if (file.texts().equals(settings.texts(request))
                    && file.latents()
                            .shape()
                            .equals(request.plan().stages().last().shape())) {
                cancellation.temporary(left);
                saved = left;
                return file;
            }
        } catch (IllegalArgumentException | WeightsException e) {
            // cut off, or of something else
        }
        Files.delete(left);
        return null;
    }

    private Path folder() {
        Path parent = output.toAbsolutePath().getParent();
        return parent == null ? Path.of("") : parent;
    }

    /** Where they lie in a folder, if nothing is in the way. */
    private Path named(Path folder, String ending) {
        String name = String.valueOf(output.getFileName());
        return folder.resolve(name.substring(0, name.lastIndexOf('.')) + ".latents" + ending + ".safetensors");
    }

    /** Returns what was wrong beside the picture, if the other folder would not take them either. */
    private @Nullable IOException saveForSafety(LatentsFile file) {
        IOException failure = saveTemporary(file, folder());
        boolean elsewhere =
                failure != null && saveTemporary(file, Path.of(System.getProperty("java.io.tmpdir", "/tmp"))) == null;
        return elsewhere ? null : failure;
    }

    private @Nullable IOException saveTemporary(LatentsFile file, Path folder) {
        Path target = free(folder);
        try {
            cancellation.whole(() -> {
                cancellation.temporary(target);
                file.write(target);
            });
            saved = target;
            return null;
        } catch (IOException e) {
            cancellation.keep(target);
            return e;
        }
    }

    /** A name that is not taken: a file kept by an earlier failure must not be lost. */
    private Path free(Path folder) {
        Path file = named(folder, "");
        for (int i = 1; Files.exists(file); i++) {
            file = named(folder, "-" + i);
        }
        return file;
    }

    /** The picture is written, or the user cancelled: removes the file if it was only for safety. */
    void release() {
        if (wanted == null && saved != null) {
            try {
                Files.deleteIfExists(saved);
            } catch (IOException e) {
                warn.accept(WholeFile.message(e));
            }
            cancellation.keep(saved);
        }
    }

    /** A failure that says where the latents are, if they are anywhere. */
    RuntimeException kept(Throwable failure) {
        if (saved != null) {
            cancellation.keep(saved);
            return new KeptLatentsException(failure, saved, output);
        }
        return failure instanceof RuntimeException runtime ? runtime : new IllegalStateException(failure);
    }
}
