package io.bottleneck4j.eval.store;

import io.bottleneck4j.eval.result.Subject;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * Names of files that tell what is in them, and stay the same when a prompt file is sorted or a line is put in: words of the prompt, its
 * checksum, and the seed.
 */
final class FileName {
    private static final int WORDS = 40;

    private FileName() {}

    /** As {@code a-red-fox-1c8b2a90-seed-4}. */
    static String of(Subject subject) {
        CRC32 checksum = new CRC32();
        checksum.update(subject.prompt().getBytes(StandardCharsets.UTF_8));
        String words = plain(subject.prompt().toLowerCase(Locale.ROOT));
        String first = words.substring(0, Math.min(WORDS, words.length()));
        return "%s%s%08x-seed-%d".formatted(first, first.isEmpty() ? "" : "-", checksum.getValue(), subject.seed());
    }

    /** A name with nothing in it that a file system or a shell might mind. */
    static String plain(String name) {
        return name.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[-.]+|[-.]+$", "");
    }
}
