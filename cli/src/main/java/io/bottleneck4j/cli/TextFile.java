package io.bottleneck4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Text files, written as a whole or not at all. */
final class TextFile {
    private TextFile() {}

    /**
     * Writes a file, in the place of one that is there.
     *
     * @throws IOException if it cannot be written; what was there stays
     */
    static void replace(Path file, String text) throws IOException {
        Path target = file.toAbsolutePath();
        Path temporary = target.resolveSibling("." + target.getFileName() + "-"
                + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), 36) + ".tmp");
        try {
            Files.writeString(temporary, text, StandardOpenOption.CREATE_NEW);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
