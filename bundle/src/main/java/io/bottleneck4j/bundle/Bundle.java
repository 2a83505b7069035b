package io.bottleneck4j.bundle;

import java.io.File;
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
import java.util.Map;
import java.util.stream.Stream;

/**
 * A folder that a jar carries, unpacked on first use: its files beside {@code owner} in a folder of its name, and index.txt, which
 * lists them.
 *
 * <p>It is unpacked into a folder of a temporary name, which takes its own name when every file is right. So a folder of
 * that name is whole, also when several processes unpack at once: the first to finish wins and the others take its folder.
 *
 * @param owner a class of the package that the resources are in
 * @param name of the folder
 */
public record Bundle(Class<?> owner, String name) {

    /** Where programs keep what they can make again: bottleneck4j in XDG_CACHE_HOME, else in .cache of the home directory. */
    public static Path cacheDirectory(Map<String, String> environment, Path home) {
        return directory(environment, "XDG_CACHE_HOME", home.resolve(".cache"));
    }

    /** Where programs keep what they cannot make again: bottleneck4j in XDG_DATA_HOME, else in .local/share of the home directory. */
    public static Path dataDirectory(Map<String, String> environment, Path home) {
        return directory(environment, "XDG_DATA_HOME", home.resolve(".local").resolve("share"));
    }

    private static Path directory(Map<String, String> environment, String variable, Path usual) {
        String xdg = environment.get(variable);
        return (xdg == null || xdg.isBlank() ? usual : Path.of(xdg)).resolve("bottleneck4j");
    }

    /** The same of this process's user. */
    public static Path cacheDirectory() {
        return cacheDirectory(System.getenv(), home(System.getenv()));
    }

    /**
     * The home directory of this process's user: the directory that HOME names, as for Python, else Java's. Java says "?" of a user whom the
     * system does not list, as in a container that runs under any number, and names one that is not there, /nonexistent, of users who run
     * services. On Windows, where HOME is other programs' word, it is Java's.
     */
    public static Path home(Map<String, String> environment) {
        String home = System.getProperty("user.home", "");
        String variable = environment.getOrDefault("HOME", "");
        if (File.separatorChar == '/' && !variable.isBlank() && Files.isDirectory(Path.of(variable))) {
            return Path.of(variable);
        }
        boolean known = !home.isBlank() && !home.equals("?");
        if (known && (variable.isBlank() || Files.isDirectory(Path.of(home)))) {
            return Path.of(home);
        }
        return Path.of(variable.isBlank() ? "." : variable);
    }

    /**
     * {@link #folder(Path)} in the {@linkplain #cacheDirectory cache directory} of this process's user.
     *
     * @throws IOException as there
     */
    public Path folder() throws IOException {
        return folder(cacheDirectory());
    }

    /**
     * The folder, {@code NAME-<digest>} in the cache directory. It is unpacked if it is not there or is incomplete; otherwise only the
     * sizes of its files are looked at.
     *
     * @param cacheDirectory created if missing
     * @throws IOException if it cannot be unpacked; the message says what to do, and nothing half-unpacked is left
     */
    public Path folder(Path cacheDirectory) throws IOException {
        FileIndex index = FileIndex.parse(new String(resource("index.txt"), StandardCharsets.UTF_8));
        Path folder = cacheDirectory.resolve(name + "-" + index.digest());
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

    private IOException unpacking(FileIndex index, Path cacheDirectory, String reason, IOException cause) {
        return new IOException(
                cacheDirectory + ": " + name + " cannot be unpacked here (" + (index.bytes() + 999_999) / 1_000_000
                        + " MB): " + reason
                        + "; make room, or name a cache directory you may write to, as by XDG_CACHE_HOME",
                cause);
    }

    private void unpack(FileIndex index, Path cacheDirectory, Path folder) throws IOException {
        Files.createDirectories(cacheDirectory);
        Path temporary = Files.createTempDirectory(cacheDirectory, "." + name + "-");
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

    private void copy(FileIndex.Entry entry, Path target) throws IOException {
        byte[] bytes = resource(name + "/" + entry.path());
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

    private byte[] resource(String path) throws IOException {
        try (InputStream in = owner.getResourceAsStream(path)) {
            if (in == null) {
                throw new FileNotFoundException(path + " is not in the jar; install bottleneck4j again");
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
