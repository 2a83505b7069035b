package io.bottleneck4j.bundle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * The files of a bundled folder, as the lines {@code sha256 size path} of index.txt.
 *
 * @param entries in the order of the lines
 * @param digest of the index itself, 8 hexadecimal digits: another model has another one
 */
public record FileIndex(List<Entry> entries, String digest) {

    /** One file: its SHA-256 in hexadecimal digits, its size in bytes, its path with slashes. */
    public record Entry(String sha256, long size, String path) {}

    /**
     * The lines for a folder, to be written to index.txt.
     *
     * @param without names in the folder that are no part of it
     * @throws IOException if a file cannot be read
     */
    public static String of(Path folder, Set<String> without) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile)
                    .map(folder::relativize)
                    .filter(path -> !without.contains(path.getName(0).toString()))
                    .toList();
        }
        Map<String, Path> sorted = new TreeMap<>();
        files.forEach(file -> sorted.put(file.toString().replace('\\', '/'), file));
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, Path> file : sorted.entrySet()) {
            byte[] bytes = Files.readAllBytes(folder.resolve(file.getValue()));
            lines.append(sha256(bytes) + " " + bytes.length + " " + file.getKey() + "\n");
        }
        return lines.toString();
    }

    /** Reads the lines. */
    public static FileIndex parse(String text) {
        List<Entry> entries = text.lines().map(FileIndex::entry).toList();
        CRC32 crc = new CRC32(); // a name needs no more, and SHA-256 takes its time to start
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return new FileIndex(entries, HexFormat.of().toHexDigits((int) crc.getValue()));
    }

    private static Entry entry(String line) {
        String[] parts = line.split(" ", 3);
        return new Entry(parts[0], Long.parseLong(parts[1]), parts[2]);
    }

    /** Bytes of all files. */
    long bytes() {
        return entries.stream().mapToLong(Entry::size).sum();
    }

    /** Whether a folder holds every file at its size; the content is compared once, when it is unpacked. */
    boolean isIn(Path folder) {
        for (Entry entry : entries) {
            try {
                var file = Files.readAttributes(folder.resolve(entry.path()), BasicFileAttributes.class);
                if (!file.isRegularFile() || file.size() != entry.size()) {
                    return false;
                }
            } catch (IOException e) {
                return false; // not there, or not readable
            }
        }
        return true;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
