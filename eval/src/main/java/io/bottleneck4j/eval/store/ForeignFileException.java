package io.bottleneck4j.eval.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file stands where a comparison is to write, and is none that it wrote. */
public final class ForeignFileException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    ForeignFileException(Path file, String why, @Nullable Throwable cause) {
        super(
                file + ": " + why + ", and would be replaced; move it away, or name another folder with --out-dir",
                cause);
    }
}
