package io.bottleneck4j.torch.io;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One safetensors file, mapped into memory.
 *
 * <p>Opening reads the header alone. How tensors share the mapping, and what a file that changes does: {@link MappedFile}. Floats of 8
 * bits are packed tensors; scales beside them are tensors of their own here, see {@link ScaledSource}. Not thread-safe.
 */
public final class SafetensorsFile extends MappedTensors {
    private final Map<String, String> metadata;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header, long dataStart) {
        super(file, places(header, dataStart));
        metadata = header.metadata();
    }

    private static Map<String, Place> places(SafetensorsHeader header, long dataStart) {
        Map<String, Place> places = new LinkedHashMap<>();
        header.entries().forEach((name, entry) -> places.put(name, new Place(entry.info(), dataStart + entry.begin())));
        return places;
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
        return metadata;
    }
}
