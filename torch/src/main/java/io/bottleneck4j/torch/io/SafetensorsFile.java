package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One safetensors file, mapped into memory.
 *
 * <p>Opening reads the header alone. How tensors share the mapping, and what a file that changes does: {@link MappedFile}. Floats of 8
 * bits are packed tensors; scales beside them are tensors of their own here, see {@link ScaledSource}. Not thread-safe.
 */
public final class SafetensorsFile implements TensorSource {
    private final MappedFile file;
    private final SafetensorsHeader header;
    private final Map<String, TensorInfo> infos;
    private final long dataStart;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header, long dataStart) {
        this.file = file;
        this.header = header;
        this.dataStart = dataStart;
        Map<String, TensorInfo> byName = new LinkedHashMap<>();
        header.entries().forEach((name, entry) -> byName.put(name, entry.info()));
        infos = Collections.unmodifiableMap(byName);
    }

    /**
     * Opens a file and checks its header against its size.
     *
     * @throws WeightsException if it is missing, unreadable, truncated or breaks a rule of the format
     */
    public static SafetensorsFile open(Path path) {
        return MappedFile.open(path, "safetensors", ForeignFile::inPlaceOfSafetensors, file -> {
            ByteBuffer json = SafetensorsHeader.readJson(path.toString(), file.channel(), file.size());
            long dataStart = SafetensorsHeader.PREFIX + (long) json.remaining();
            SafetensorsHeader header = SafetensorsHeader.parse(path.toString(), json, file.size() - dataStart);
            return new SafetensorsFile(file, header, dataStart);
        });
    }

    /** Free text by key, as {@code format: pt}. */
    public Map<String, String> metadata() {
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
        return file.tensor(entry(name).info(), begin(name));
    }

    @Override
    public Tensor copy(String name) {
        return file.copy(entry(name).info(), begin(name));
    }

    @Override
    public Tensor copy(String name, long first, long count) {
        return file.copy(entry(name).info(), begin(name), first, count);
    }

    @Override
    public Optional<PackedTensor> packed(String name) {
        return file.packed(entry(name).info(), begin(name));
    }

    private long begin(String name) {
        return dataStart + entry(name).begin();
    }

    private SafetensorsHeader.Entry entry(String name) {
        SafetensorsHeader.Entry entry = header.entries().get(name);
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
