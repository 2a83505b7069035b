package io.bottleneck4j.models.media;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacv.Seekable;
import org.jspecify.annotations.Nullable;

/**
 * The file a muxer writes to, with places it returns to. What goes wrong is kept for {@link #check}: on its way through native code an
 * exception would lose its reason, and JavaCV prints it.
 */
final class SeekableFile extends OutputStream implements Seekable {
    private static final int FROM_START = 0;
    private static final int FROM_HERE = 1;
    private static final int FROM_END = 2;

    private final FileChannel channel;
    private @Nullable IOException failure;

    SeekableFile(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (failure != null) {
            return;
        }
        try {
            ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    @Override
    public void seek(long offset, int whence) {
        try {
            switch (whence) {
                case FROM_START -> channel.position(offset);
                case FROM_HERE -> channel.position(channel.position() + offset);
                case FROM_END -> channel.position(channel.size() + offset);
                default -> {
                    // asks for the size, which this interface cannot tell
                }
            }
        } catch (IOException e) {
            failure = failure == null ? e : failure;
        }
    }

    /**
     * Does nothing if all was written.
     *
     * @throws IOException what went wrong first
     */
    void check() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
