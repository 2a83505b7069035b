package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.PackedBytes;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A file of weights whose bytes become tensors.
 *
 * <p>The first tensor asked for maps the file, once and privately: pages are read when touched, and a tensor written to changes in memory,
 * never in the file. Tensors share the mapping and keep it alive, so they stay valid after {@link #close()}; the memory goes with the last
 * of them. Where the file cannot be mapped, each tensor is read into memory of its own.
 *
 * <p>A file that another process shortens while it is mapped ends this process (SIGBUS) when the lost pages are touched, as it would in any
 * program that maps files: replace weights by renaming, do not overwrite them. The size is checked again just before mapping, so a file cut
 * before that is a {@link WeightsException}. Not thread-safe.
 */
final class MappedFile implements AutoCloseable {
    private static final int CHUNK = 1 << 26;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private @Nullable Tensor mapping;
    private boolean mappable = true;

    private MappedFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /** Reads what a file says of itself. */
    interface Opening<T> {
        T read(MappedFile file) throws IOException;
    }

    /**
     * Opens a file and reads its header.
     *
     * @param kind named in messages, as {@code safetensors}
     * @param foreign what a file that is none of its kind really is; begins with "is"
     * @throws WeightsException if it is missing, unreadable, or the header is refused
     */
    static <T> T open(Path path, String kind, Function<Path, Optional<String>> foreign, Opening<T> opening) {
        if (Files.isDirectory(path)) {
            throw new WeightsException(path + ": must be a " + kind + " file, is a folder; name a file in it");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            return opening.read(new MappedFile(path, channel, channel.size()));
        } catch (NoSuchFileException e) {
            throw new WeightsException(path + ": must be there, is not; check the folder or download it", e);
        } catch (IOException e) {
            closeQuietly(channel);
            throw unreadable(path, e);
        } catch (WeightsException e) {
            closeQuietly(channel);
            throw foreign.apply(path)
                    .map(what -> new WeightsException(path + ": " + what, e))
                    .orElse(e);
        } catch (RuntimeException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    Path path() {
        return path;
    }

    FileChannel channel() {
        return channel;
    }

    long size() {
        return size;
    }

    /** A tensor whose bytes begin there: mapped, or else read; unpacked where it is packed. */
    Tensor tensor(TensorInfo info, long begin) {
        return Scope.scoped(() ->
                packed(info, begin).map(packed -> packed.unpacked(info.dtype())).orElseGet(() -> plain(info, begin)));
    }

    /** The same in memory of its own. */
    Tensor copy(TensorInfo info, long begin) {
        requireOpen();
        return Scope.scoped(() -> packed(info, begin)
                .map(packed -> packed.copy().unpacked(info.dtype()))
                .orElseGet(() -> read(info, begin)));
    }

    /**
     * Entries of the first dimension of a tensor, in memory of their own.
     *
     * @throws IllegalArgumentException if it has fewer
     */
    Tensor copy(TensorInfo info, long begin, long first, long count) {
        if (info.shape().isEmpty()
                || first < 0
                || count < 0
                || first > info.shape().get(0) - count) {
            throw new IllegalArgumentException(
                    "rows: must be among those of " + info.type() + info.shape() + ", are " + count + " from " + first);
        }
        requireOpen();
        return Scope.scoped(() -> packed(info, begin)
                .map(packed -> packed.rows(first, count).copy().unpacked(info.dtype()))
                .orElseGet(
                        () -> read(rows(info, count), begin + rows(info, first).bytes())));
    }

    private static TensorInfo rows(TensorInfo info, long count) {
        List<Long> cut = new ArrayList<>(info.shape());
        cut.set(0, count);
        return new TensorInfo(info.dtype(), cut);
    }

    /** The bytes that begin there, where they are packed. */
    Optional<PackedTensor> packed(TensorInfo info, long begin) {
        requireOpen();
        return Optional.ofNullable(info.packing())
                .map(packing -> PackedBytes.of(
                        packing,
                        info.shape(),
                        plain(bytes(info.bytes()), begin),
                        (first, count) -> copy(bytes(count), begin + first)));
    }

    private static TensorInfo bytes(long count) {
        return new TensorInfo(DType.UINT8, List.of(count));
    }

    private Tensor plain(TensorInfo info, long begin) {
        requireOpen();
        Tensor mapped = info.numel() == 0 ? null : mapping();
        // libtorch wants elements aligned to their size; not all formats promise it.
        boolean aligned = begin % info.dtype().bytes() == 0;
        return Scope.scoped(() -> mapped != null && aligned
                ? mapped.narrow(0, begin, info.bytes()).viewAs(info.dtype(), dimensions(info))
                : read(info, begin));
    }

    private void requireOpen() {
        if (!channel.isOpen()) {
            throw new IllegalStateException(path + ": is closed; open it again");
        }
    }

    private static long[] dimensions(TensorInfo info) {
        return info.shape().stream().mapToLong(Long::longValue).toArray();
    }

    /** The whole file as bytes; null where it cannot be mapped. */
    private @Nullable Tensor mapping() {
        if (mapping == null && mappable) {
            requireSize();
            try {
                mapping = Tensor.mapped(path, size);
            } catch (DeviceException | IllegalArgumentException e) {
                mappable =
                        false; // a file system or a limit forbids mapping; reading still works, and tells if it fails
            }
        }
        return mapping;
    }

    private Tensor read(TensorInfo info, long begin) {
        requireSize();
        Tensor into = Tensor.empty(info.dtype(), Device.CPU, dimensions(info));
        long length = info.bytes();
        Tensor bytes = into.viewAs(DType.UINT8, length);
        for (long at = 0; at < length; at += CHUNK) {
            try (Scope scope = Scope.open()) {
                ByteBuffer part =
                        bytes.narrow(0, at, Math.min(CHUNK, length - at)).bytes();
                SafetensorsHeader.readFully(channel, part, begin + at);
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
            if (channel.size() != size) {
                throw new WeightsException(path + ": must keep its " + size + " bytes while open, now has "
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
