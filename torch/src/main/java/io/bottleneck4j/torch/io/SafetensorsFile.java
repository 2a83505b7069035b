package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One safetensors file, mapped into memory.
 *
 * <p>Opening reads the header alone. The first tensor asked for maps the file, once and privately: pages are read when
 * touched, and a tensor written to changes in memory, never in the file. Tensors share the mapping and keep it alive, so
 * they stay valid after {@link #close()}; the memory goes with the last of them. Where the file cannot be mapped, each
 * tensor is read into memory of its own.
 *
 * <p>A file that another process shortens while it is mapped ends this process (SIGBUS) when the lost pages are touched, as
 * it would in any program that maps files: replace weights by renaming, do not overwrite them. The size is checked again
 * just before mapping, so a file cut before that is a {@link WeightsException}. Not thread-safe.
 */
public final class SafetensorsFile implements TensorSource {
    private static final int CHUNK = 1 << 26;

    private final Path path;
    private final FileChannel channel;
    private final SafetensorsHeader header;
    private final Map<String, TensorInfo> infos;
    private final long dataStart;
    private final long fileBytes;
    private @Nullable Tensor mapping;
    private boolean mappable = true;

    private SafetensorsFile(Path path, FileChannel channel, SafetensorsHeader header, long dataStart, long fileBytes) {
        this.path = path;
        this.channel = channel;
        this.header = header;
        this.dataStart = dataStart;
        this.fileBytes = fileBytes;
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
        if (Files.isDirectory(path)) {
            throw new WeightsException(path + ": must be a safetensors file, is a folder; name a file in it");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            long size = channel.size();
            ByteBuffer json = SafetensorsHeader.readJson(path.toString(), channel, size);
            long dataStart = SafetensorsHeader.PREFIX + (long) json.remaining();
            SafetensorsHeader header = SafetensorsHeader.parse(path.toString(), json, size - dataStart);
            return new SafetensorsFile(path, channel, header, dataStart, size);
        } catch (NoSuchFileException e) {
            throw new WeightsException(path + ": must be there, is not; check the folder or download it", e);
        } catch (IOException e) {
            closeQuietly(channel);
            throw unreadable(path, e);
        } catch (WeightsException e) {
            closeQuietly(channel);
            throw ForeignFile.inPlaceOfWeights(path)
                    .map(what -> new WeightsException(path + ": " + what, e))
                    .orElse(e);
        } catch (RuntimeException e) {
            closeQuietly(channel);
            throw e;
        }
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
        SafetensorsHeader.Entry entry = entry(name);
        TensorInfo info = entry.info();
        Tensor mapped = entry.begin() == entry.end() ? null : mapping();
        // libtorch wants elements aligned to their size; the format does not promise it of old files.
        boolean aligned = (dataStart + entry.begin()) % info.dtype().bytes() == 0;
        return Scope.scoped(() -> mapped != null && aligned
                ? mapped.narrow(0, dataStart + entry.begin(), entry.end() - entry.begin())
                        .viewAs(info.dtype(), shape(info))
                : read(entry));
    }

    @Override
    public Tensor copy(String name) {
        SafetensorsHeader.Entry entry = entry(name);
        return Scope.scoped(() -> read(entry));
    }

    private SafetensorsHeader.Entry entry(String name) {
        SafetensorsHeader.Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new WeightsException(path + ": must hold tensor " + Excerpt.quoted(name)
                    + ", does not; check that the file belongs to this model");
        }
        if (!channel.isOpen()) {
            throw new IllegalStateException(path + ": is closed; open it again");
        }
        return entry;
    }

    private static long[] shape(TensorInfo info) {
        return info.shape().stream().mapToLong(Long::longValue).toArray();
    }

    /** The whole file as bytes; null where it cannot be mapped. */
    private @Nullable Tensor mapping() {
        if (mapping == null && mappable) {
            requireSize();
            try {
                mapping = Tensor.mapped(path, fileBytes);
            } catch (DeviceException | IllegalArgumentException e) {
                mappable =
                        false; // a file system or a limit forbids mapping; reading still works, and tells if it fails
            }
        }
        return mapping;
    }

    private Tensor read(SafetensorsHeader.Entry entry) {
        requireSize();
        Tensor into = Tensor.empty(entry.info().dtype(), Device.CPU, shape(entry.info()));
        Tensor bytes = into.viewAs(DType.UINT8, entry.end() - entry.begin());
        long length = entry.end() - entry.begin();
        for (long at = 0; at < length; at += CHUNK) {
            try (Scope scope = Scope.open()) {
                ByteBuffer part =
                        bytes.narrow(0, at, Math.min(CHUNK, length - at)).bytes();
                SafetensorsHeader.readFully(channel, part, dataStart + entry.begin() + at);
                if (part.hasRemaining()) {
                    throw new WeightsException(path + ": was shortened while being read; fetch it again");
                }
            } catch (IOException e) {
                throw unreadable(path, e);
            }
        }
        return into;
    }

    private void requireSize() {
        try {
            if (channel.size() != fileBytes) {
                throw new WeightsException(path + ": must keep its " + fileBytes + " bytes while open, now has "
                        + channel.size() + "; do not change weights in use, open it again");
            }
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static WeightsException unreadable(Path path, IOException e) {
        return new WeightsException(
                path + ": must be readable: " + e.getClass().getSimpleName() + ": " + e.getMessage()
                        + "; check its permissions and disk",
                e);
    }

    @Override
    public void close() {
        if (mapping != null) {
            mapping.close();
            mapping = null;
        }
        closeQuietly(channel);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // Nothing was written: a failed close loses nothing.
        }
    }
}
