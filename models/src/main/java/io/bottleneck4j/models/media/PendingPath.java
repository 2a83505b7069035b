package io.bottleneck4j.models.media;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A temporary file or folder beside its target, which takes the target's name when it is whole, or goes. */
final class PendingPath implements Closeable {
    private final Path temporary;

    private PendingPath(Path temporary) {
        this.temporary = temporary;
    }

    /** Beside a target; nothing is made yet. */
    static PendingPath beside(Path target) {
        return new PendingPath(WholeFile.folder(target).resolve(temporaryName()));
    }

    Path path() {
        return temporary;
    }

    /** Gives the temporary file its name, over an older file. */
    void become(Path target) throws IOException {
        move(temporary, target);
    }

    static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Removes what is still under the temporary name. */
    @Override
    public void close() throws IOException {
        WholeFile.discard(temporary);
    }

    /** Unlike any of another process or thread; no random number, whose generator takes its time to start. */
    private static String temporaryName() {
        return ".write-" + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), 36) + ".tmp";
    }
}
