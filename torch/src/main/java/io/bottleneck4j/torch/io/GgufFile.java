package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Tensor;
import java.io.BufferedInputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One GGUF file, mapped into memory: versions 2 and 3, little-endian.
 *
 * <p>Opening reads the header alone. Tensors of F32, F16, BF16 and whole numbers are as they lie in the file, those of {@link
 * io.bottleneck4j.torch.Packing}'s types are packed; any other type is refused by name. Shapes are in torch's order, rows last: GGUF's own
 * are reversed. How tensors share the mapping, and what a file that changes does: {@link MappedFile}. Not thread-safe.
 */
public final class GgufFile implements TensorSource {
    private final MappedFile file;
    private final GgufHeader header;
    private final Map<String, TensorInfo> infos;

    private GgufFile(MappedFile file, GgufHeader header) {
        this.file = file;
        this.header = header;
        Map<String, TensorInfo> byName = new LinkedHashMap<>();
        header.entries().forEach((name, entry) -> byName.put(name, entry.info()));
        infos = Collections.unmodifiableMap(byName);
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
        return header.metadata();
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException after {@link #close()}
     */
    @Override
    public Tensor tensor(String name) {
        GgufHeader.Entry entry = entry(name);
        return file.tensor(entry.info(), entry.begin());
    }

    @Override
    public Tensor copy(String name) {
        GgufHeader.Entry entry = entry(name);
        return file.copy(entry.info(), entry.begin());
    }

    @Override
    public Tensor copy(String name, long first, long count) {
        GgufHeader.Entry entry = entry(name);
        return file.copy(entry.info(), entry.begin(), first, count);
    }

    @Override
    public Optional<PackedTensor> packed(String name) {
        GgufHeader.Entry entry = entry(name);
        return file.packed(entry.info(), entry.begin());
    }

    private GgufHeader.Entry entry(String name) {
        GgufHeader.Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new WeightsException(file.path() + ": must hold tensor " + Excerpt.quoted(name)
                    + ", does not; check that the file belongs to this model");
        }
        return entry;
    }

    @Override
    public void close() {
        file.close();
    }
}
