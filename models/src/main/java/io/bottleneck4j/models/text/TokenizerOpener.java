package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.FolderException;
import java.io.IOException;
import java.nio.file.Path;

/** How a tokenizer is read from the files of its folder. */
@FunctionalInterface
public interface TokenizerOpener<T> {
    T open(Path folder) throws IOException;

    /**
     * The tokenizer of a folder.
     *
     * @throws FolderException if a file is missing or malformed
     */
    static <T> T open(Path folder, TokenizerOpener<T> opener) {
        try {
            return opener.open(folder);
        } catch (IOException | IllegalArgumentException e) {
            throw new FolderException(String.valueOf(e.getMessage()), e);
        }
    }
}
