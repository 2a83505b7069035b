package io.bottleneck4j.eval.benchmark;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Names of files that hold a prompt or an id. */
final class Names {
    /** Bytes of a name on ext4, XFS, APFS and NTFS. */
    private static final int LONGEST = 255;

    private Names() {}

    /** Why a file cannot have a name; null if it can. */
    static @Nullable String obstacle(String name) {
        if (name.contains("/")) {
            return "has a slash, which a file name cannot hold";
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            return "has a control character, which a file name cannot hold";
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        return bytes <= LONGEST ? null : "makes a file name of " + bytes + " bytes; file systems take " + LONGEST;
    }
}
