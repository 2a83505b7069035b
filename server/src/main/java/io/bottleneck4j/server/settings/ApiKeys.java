package io.bottleneck4j.server.settings;

import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may use a server: names of clients with the SHA-256 of their keys, never the keys. A key is 32 random bytes, so a plain hash cannot be
 * turned back by guessing, as that of a password could.
 *
 * <p>In a file each line is {@code NAME HASH}, the hash in hexadecimal; empty lines and those that begin with # are passed over.
 */
public final class ApiKeys {
    /** No keys: whoever reaches the server may use it. */
    public static final ApiKeys NONE = new ApiKeys(Map.of());

    private static final String PREFIX = "b4j-";
    private static final int BYTES = 32;

    private final Map<String, byte[]> hashes;

    private ApiKeys(Map<String, byte[]> hashes) {
        this.hashes = hashes;
    }

    /** One client, as from a variable of the environment. */
    public static ApiKeys of(String name, String key) {
        if (key.length() < 16) {
            throw new IllegalArgumentException("api-key: has " + key.length()
                    + " characters, which can be guessed; make one with --new-api-key NAME");
        }
        return new ApiKeys(Map.of(requireName(name), hash(key)));
    }

    /**
     * Those of a file.
     *
     * @throws IllegalArgumentException if a line is none, or there is no line
     * @throws IOException if it cannot be read
     */
    public static ApiKeys read(Path file) throws IOException {
        Map<String, byte[]> hashes = new LinkedHashMap<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split("\\s+", -1);
            if (parts.length != 2 || !parts[1].matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException(file + ": line " + (i + 1)
                        + " must be a name and 64 hexadecimal digits; add clients with --new-api-key NAME");
            }
            hashes.put(requireName(parts[0]), HexFormat.of().parseHex(parts[1]));
        }
        if (hashes.isEmpty()) {
            throw new IllegalArgumentException(file + ": holds no key; add one with --new-api-key NAME");
        }
        return new ApiKeys(hashes);
    }

    /**
     * Adds a client to a file, which is made if it is missing, readable by its owner alone.
     *
     * @return the key, which stands nowhere else
     * @throws IllegalArgumentException if there is a client of that name
     */
    public static String add(Path file, String name) throws IOException {
        List<String> lines = new ArrayList<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
        for (String line : lines) {
            if (line.strip().startsWith(requireName(name) + " ")) {
                throw new IllegalArgumentException("new-api-key: " + file + " has a client '" + name
                        + "' already; take another name, or remove its line first");
            }
        }
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        String key = PREFIX + HexFormat.of().formatHex(random);
        lines.add(name + " " + HexFormat.of().formatHex(hash(key)));
        WholeFile.write(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        java.io.File plain = file.toFile();
        if (plain.setReadable(false, false)) {
            plain.setReadable(true, true);
        }
        return key;
    }

    private static String requireName(String name) {
        if (!name.matches("[\\w.@-]{1,64}")) {
            throw new IllegalArgumentException(
                    "new-api-key: a name is 1 to 64 letters, digits, '.', '_', '@' or '-', not '" + name + "'");
        }
        return name;
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return hashes.isEmpty();
    }

    /** The client of a key; null if it is nobody's. All are compared, so that the time taken tells nothing. */
    public @Nullable String client(String key) {
        byte[] hash = hash(key);
        String found = null;
        for (Map.Entry<String, byte[]> entry : hashes.entrySet()) {
            if (MessageDigest.isEqual(entry.getValue(), hash)) {
                found = entry.getKey();
            }
        }
        return found;
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
