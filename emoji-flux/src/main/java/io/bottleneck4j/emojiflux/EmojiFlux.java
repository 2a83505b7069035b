package io.bottleneck4j.emojiflux;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The bundled model, emoji-flux: a plain diffusers folder inside the jar, unpacked on first use.
 *
 * <p>It is unpacked into a folder of a temporary name, which takes its own name when every file is right. So a folder of
 * that name is whole, also when several processes unpack at once: the first to finish wins and the others take its folder.
 */
public final class EmojiFlux {
    private static final String MODEL = "emoji-flux";

    private EmojiFlux() {}

    /**
     * The model's folder, {@code emoji-flux-<digest>} in the cache directory. It is unpacked (24 MB) if it is not there or
     * is incomplete; otherwise only the sizes of its files are looked at.
     *
     * @param cacheDirectory created if missing
     * @throws IOException if it cannot be unpacked; the message says what to do, and nothing half-unpacked is left
     */
    public static Path folder(Path cacheDirectory) throws IOException {
        FileIndex index = FileIndex.parse(new String(resource("index.txt"), StandardCharsets.UTF_8));
        Path folder = cacheDirectory.resolve(MODEL + "-" + index.digest());
        if (index.isIn(folder)) {
            return folder;
        }
        try {
            unpack(index, cacheDirectory, folder);
        } catch (FileSystemException e) {
            String reason = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
            throw unpacking(index, cacheDirectory, e.getFile() + ": " + reason, e);
        } catch (IOException e) {
            throw unpacking(index, cacheDirectory, String.valueOf(e.getMessage()), e);
        }
        return folder;
    }

    private static IOException unpacking(FileIndex index, Path cacheDirectory, String reason, IOException cause) {
        return new IOException(
                cacheDirectory + ": the bundled model cannot be unpacked here (" + (index.bytes() + 999_999) / 1_000_000
                        + " MB): " + reason + "; make room, or name a cache directory you may write to",
                cause);
    }

    private static void unpack(FileIndex index, Path cacheDirectory, Path folder) throws IOException {
        Files.createDirectories(cacheDirectory);
        Path temporary = Files.createTempDirectory(cacheDirectory, "." + MODEL + "-");
        try {
            Path whole = temporary.resolve("new");
            for (FileIndex.Entry entry : index.entries()) {
                copy(entry, whole.resolve(entry.path()));
            }
            publish(index, whole, folder, temporary);
        } finally {
            delete(temporary);
        }
    }

    private static void copy(FileIndex.Entry entry, Path target) throws IOException {
        byte[] bytes = resource(MODEL + "/" + entry.path());
        if (bytes.length != entry.size() || !FileIndex.sha256(bytes).equals(entry.sha256())) {
            throw new IOException(entry.path() + " in the jar is damaged: it has not the listed SHA-256 of "
                    + entry.size() + " bytes; install bottleneck4j again");
        }
        Files.createDirectories(target.resolve("..").normalize());
        Files.write(target, bytes);
    }

    /** Gives the unpacked folder its name, in the place of an incomplete one; yields to a whole one of another process. */
    private static void publish(FileIndex index, Path whole, Path folder, Path temporary) throws IOException {
        for (int attempt = 1; !index.isIn(folder); attempt++) {
            try {
                if (Files.exists(folder)) {
                    Files.move(folder, temporary.resolve("old" + attempt), StandardCopyOption.ATOMIC_MOVE);
                }
                Files.move(whole, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (attempt == 3 && !index.isIn(folder)) {
                    throw e;
                }
            }
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = EmojiFlux.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new FileNotFoundException(name + " is not in the jar; install bottleneck4j again");
            }
            return in.readAllBytes();
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
