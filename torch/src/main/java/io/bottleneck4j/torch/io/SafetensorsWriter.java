package io.bottleneck4j.torch.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes tensors to a safetensors file, byte for byte as Python's {@code safetensors.torch.save_file} does.
 *
 * <p>The file appears whole or not at all: bytes go to a temporary neighbour, which is renamed at the end. An older file of
 * the name is replaced.
 */
public final class SafetensorsWriter {
    private static final int CHUNK = 1 << 26;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8) // emoji as UTF-8, not as escapes
            .build();
    /** The format's own order: wider elements first, so that every tensor is aligned; then by name. */
    private static final List<DType> ORDER = List.of(
            DType.INT64,
            DType.FLOAT64,
            DType.FLOAT32,
            DType.INT32,
            DType.BFLOAT16,
            DType.FLOAT16,
            DType.INT16,
            DType.INT8,
            DType.UINT8,
            DType.BOOL);

    private static final Comparator<Map.Entry<String, Tensor>> LAYOUT = Comparator.comparingInt(
                    (Map.Entry<String, Tensor> e) -> ORDER.indexOf(e.getValue().dtype()))
            .thenComparing(e -> e.getKey().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private SafetensorsWriter() {}

    /**
     * Writes a file.
     *
     * @param tensors by name; of any device and strides
     * @param metadata free text by key; may be empty
     * @throws IllegalArgumentException if a name is {@code __metadata__} or not valid Unicode
     * @throws IOException if the file cannot be written, its message naming the file and the reason; nothing is left behind
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        tensors.keySet().forEach(SafetensorsWriter::requireName);
        List<Map.Entry<String, Tensor>> ordered =
                tensors.entrySet().stream().sorted(LAYOUT).toList();
        ByteBuffer header = header(ordered, metadata);
        Path target = file.toAbsolutePath();
        Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writeFully(channel, header);
                for (Map.Entry<String, Tensor> entry : ordered) {
                    writeValues(channel, entry.getValue());
                }
                channel.force(false);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IOException(
                    file + ": could not be written: " + reason(e) + "; free some space or name another place", e);
        } finally {
            deleteQuietly(temporary);
        }
    }

    private static void requireName(String name) {
        if (name.equals("__metadata__") || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            throw new IllegalArgumentException("name: must be valid Unicode and not __metadata__, is "
                    + Excerpt.quoted(name) + "; rename the tensor");
        }
    }

    /** Length, JSON and the spaces that make the data begin at a multiple of 8. */
    private static ByteBuffer header(List<Map.Entry<String, Tensor>> ordered, Map<String, String> metadata)
            throws IOException {
        byte[] json = json(ordered, metadata);
        int padded = (json.length + 7) / 8 * 8;
        if (padded > SafetensorsHeader.MAX_LENGTH) {
            throw new IllegalArgumentException("header: must be at most " + SafetensorsHeader.MAX_LENGTH + " bytes, is "
                    + padded + "; write several files or less metadata");
        }
        ByteBuffer header =
                ByteBuffer.allocate(SafetensorsHeader.PREFIX + padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(json);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    private static byte[] json(List<Map.Entry<String, Tensor>> ordered, Map<String, String> metadata)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart("__metadata__");
                for (Map.Entry<String, String> text : metadata.entrySet()) {
                    json.writeStringField(text.getKey(), text.getValue());
                }
                json.writeEndObject();
            }
            long begin = 0;
            for (Map.Entry<String, Tensor> entry : ordered) {
                Tensor tensor = entry.getValue();
                long end = begin + byteCount(tensor);
                json.writeObjectFieldStart(entry.getKey());
                json.writeStringField("dtype", tensor.dtype().safetensorsName());
                json.writeFieldName("shape");
                json.writeArray(tensor.shape(), 0, tensor.dim());
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {begin, end}, 0, 2);
                json.writeEndObject();
                begin = end;
            }
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void writeValues(FileChannel channel, Tensor tensor) throws IOException {
        long length = byteCount(tensor);
        if (length == 0) {
            return;
        }
        try (Scope scope = Scope.open()) {
            Tensor bytes = tensor.to(Device.CPU).contiguous().viewAs(DType.UINT8, length);
            for (long at = 0; at < length; at += CHUNK) {
                try (Scope chunk = Scope.open()) {
                    writeFully(
                            channel,
                            bytes.narrow(0, at, Math.min(CHUNK, length - at)).bytes());
                }
            }
        }
    }

    private static long byteCount(Tensor tensor) {
        return tensor.numel() * tensor.dtype().bytes();
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void deleteQuietly(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            // The failure that brought us here is the one worth telling.
        }
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        String kind = e.getClass().getSimpleName();
        return message == null ? kind : kind.equals("IOException") ? message : kind + " " + message;
    }
}
