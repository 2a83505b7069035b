package io.bottleneck4j.torch.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes GGUF byte by byte, as wrong as a test wants it. */
final class GgufBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Begins as version 3 does. */
    static GgufBytes header(long tensors, long pairs) {
        return new GgufBytes().raw("GGUF").int32(3).int64(tensors).int64(pairs);
    }

    GgufBytes raw(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    GgufBytes raw(byte... raw) {
        bytes.writeBytes(raw);
        return this;
    }

    GgufBytes int32(int value) {
        return raw(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    GgufBytes int64(long value) {
        return raw(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }

    GgufBytes text(String text) {
        return int64(text.getBytes(StandardCharsets.UTF_8).length).raw(text);
    }

    /** Sizes in GGUF's order, the row's first. */
    GgufBytes tensor(String name, int type, long offset, long... sizes) {
        text(name).int32(sizes.length);
        for (long size : sizes) {
            int64(size);
        }
        return int32(type).int64(offset);
    }

    /** Zeros up to the next multiple of 32, and data of so many bytes. */
    byte[] data(int count) {
        while (bytes.size() % 32 != 0) {
            bytes.write(0);
        }
        for (int i = 0; i < count; i++) {
            bytes.write(i);
        }
        return bytes.toByteArray();
    }

    byte[] end() {
        return bytes.toByteArray();
    }
}
