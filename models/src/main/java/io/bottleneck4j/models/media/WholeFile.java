package io.bottleneck4j.models.media;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/** Writes files whole or not at all: to a temporary file beside the target, which then takes its name. */
public final class WholeFile {
    /** Characters of a name that is too long. */
    private static final int SHOWN = 30;

    private WholeFile() {}

    /**
     * Writes a file, over an older one of that name.
     *
     * @throws IOException if it cannot be written; the message says what to do, and no half-written file is left
     */
    public static void write(Path file, byte[] bytes) throws IOException {
        requireTarget(file);
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                Files.write(file, bytes); // a device or pipe must not be replaced by a file
            } else {
                replace(linked(file), bytes);
            }
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /**
     * Finds out before a long run whether {@link #write} has a place to write to.
     *
     * @throws IOException if the folder is missing or not writable, or the name is a folder's
     */
    public static void requireTarget(Path file) throws IOException {
        requireName(file);
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": must be a file, and is a folder; name a file in it");
        }
        Path folder = folder(file);
        if (!Files.isDirectory(folder)) {
            String what = Files.exists(folder) ? " is not a folder; name another" : " is missing; create it first";
            throw new IOException(file + ": cannot be written: the folder " + folder + what);
        }
        boolean writable = Files.exists(file) ? Files.isWritable(file) : Files.isWritable(folder);
        if (!writable) {
            throw new IOException(file + ": cannot be written: no permission; name a folder you may write to");
        }
    }

    /** Refuses a name that is longer than the disk takes, which it says when it is asked for such a file. */
    static void requireName(Path file) throws IOException {
        try {
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            // nothing is there yet
        } catch (FileSystemException e) {
            String name = String.valueOf(file.getFileName());
            if (String.valueOf(e.getReason()).contains("too long") && name.length() > 2 * SHOWN) {
                throw new IOException(
                        name.substring(0, name.offsetByCodePoints(0, SHOWN)) + "...: cannot be written: the name of "
                                + name.length() + " characters is longer than its disk takes; use a shorter one",
                        e);
            }
        }
    }

    /** The same for what cannot be written to a device or pipe. */
    static void requireRegularTarget(Path file) throws IOException {
        requireTarget(file);
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + ": must be a file, and is none; name one");
        }
    }

    /** The file that a link stands for, which is written in its place; the file itself where it is no link, or nothing yet. */
    static Path linked(Path file) throws IOException {
        return Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    }

    static Path folder(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        return parent == null ? file.toAbsolutePath() : parent;
    }

    /** Renames, over an older file. */
    static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        try (Pending pending = Pending.beside(file)) {
            try (OutputStream out =
                    Files.newOutputStream(pending.path(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                out.write(bytes);
            }
            move(pending.path(), file);
        }
    }

    /** Removes what a writer has not finished: a file, or a folder of files; does nothing if it is gone. */
    public static void discard(Path unfinished) throws IOException {
        if (Files.isDirectory(unfinished)) {
            List<Path> files;
            try (Stream<Path> listed = Files.list(unfinished)) {
                files = listed.toList();
            }
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(unfinished);
    }

    /** What to say of a failure; Java's own exceptions of files often leave out what happened. */
    public static String message(Throwable failure) {
        String kind = failure.getClass().getSimpleName();
        if (failure instanceof NoSuchFileException missing) {
            return missing.getFile() + ": does not exist";
        }
        if (failure instanceof AccessDeniedException denied) {
            return denied.getFile() + ": no permission";
        }
        if (failure instanceof FileAlreadyExistsException taken) {
            return taken.getFile() + ": is a file";
        }
        if (failure instanceof FileSystemException file) {
            return file.getFile() + ": " + (file.getReason() == null ? kind : file.getReason());
        }
        return failure.getMessage() == null ? kind : failure.getMessage();
    }

    /** What went wrong with a file, and what to do. */
    static IOException failed(Path file, IOException e) {
        return new IOException(file + ": cannot be written: " + reason(e) + "; " + remedy(file, e), e);
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "no permission";
        }
        if (e instanceof NoSuchFileException) {
            return "its folder is missing";
        }
        String message = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private static String remedy(Path file, IOException e) {
        return reason(e).contains("No space left")
                ? "free some space on the disk of " + folder(file) + ", or name a file on another"
                : "name a folder you may write to";
    }

    /** A temporary file or folder beside its target, which takes the target's name when it is whole, or goes. */
    record Pending(Path path) implements Closeable {
        /** Beside a target; nothing is made yet. */
        static Pending beside(Path target) {
            return new Pending(folder(target).resolve(temporaryName()));
        }

        /** Removes what is still under the temporary name. */
        @Override
        public void close() throws IOException {
            discard(path);
        }

        /** Unlike any of another process or thread; no random number, whose generator takes its time to start. */
        private static String temporaryName() {
            return ".write-" + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), 36) + ".tmp";
        }
    }
}
