package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.FolderException;
import java.io.IOException;
import java.nio.file.Path;

/** Opens a tokenizer of a folder. */
@FunctionalInterface
interface TokenizerOpener<T> {
    T open(Path folder) throws IOException;

    /**
     * The tokenizer of a component.
     *
     * @throws FolderException if a file is missing or malformed
     */
    static <T> T open(ComponentFolder folder, TokenizerOpener<T> opener) {
        try {
            return opener.open(folder.path());
        } catch (IOException | IllegalArgumentException e) {
            throw new FolderException(String.valueOf(e.getMessage()), e);
        }
    }
}
