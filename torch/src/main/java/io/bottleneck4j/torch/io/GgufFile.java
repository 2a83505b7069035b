package io.bottleneck4j.torch.io;

import java.io.BufferedInputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Map;

/**
 * One GGUF file, mapped into memory: versions 2 and 3, little-endian.
 *
 * <p>Opening reads the header alone. Tensors of F32, F16, BF16 and whole numbers are as they lie in the file, those of {@link
 * io.bottleneck4j.torch.Packing}'s types are packed; any other type is refused by name. Shapes are in torch's order, rows last: GGUF's own
 * are reversed. How tensors share the mapping, and what a file that changes does: {@link MappedFile}. Not thread-safe.
 */
public final class GgufFile extends MappedTensors {
    private final Map<String, Object> metadata;

    private GgufFile(MappedFile file, GgufHeader header) {
        super(file, header.entries());
        metadata = header.metadata();
    }

    /**
     * Opens a file and checks its header against its size.
     *
     * @throws WeightsException if it is missing, unreadable, truncated, of another version, has tensors of a type that is not read, or
     *     breaks a rule of the format
     */
    public static GgufFile open(Path path) {
        return MappedFile.open(
                path,
                "GGUF",
                ForeignFile::inPlaceOfGguf,
                file -> new GgufFile(
                        file,
                        new GgufParser(
                                        path.toString(),
                                        new BufferedInputStream(Channels.newInputStream(file.channel())),
                                        file.size())
                                .parse()));
    }

    /**
     * What the file says of itself by key, as {@code general.architecture}: a {@link Long}, {@link Double}, {@link Boolean}, {@link String},
     * or a list of these.
     */
    public Map<String, Object> metadata() {
        return metadata;
    }
}
