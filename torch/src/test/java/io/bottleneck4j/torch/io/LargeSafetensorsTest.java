package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and tensors beyond what one Java buffer holds. */
@Tag("slow")
class LargeSafetensorsTest {
    private static final long BIG = 5L << 29; // 2.5 GiB
    private static final long HEADROOM = 1L << 30;

    @TempDir
    Path folder;

    @Test
    void tensor_ofSparseFileBeyond2Gb_readsBothEnds() throws IOException {
        Path file = sparse("big.safetensors");
        try (Scope scope = Scope.open();
                SafetensorsFile source = SafetensorsFile.open(file)) {
            Tensor big = source.tensor("big");
            assertThat(big.shape()).containsExactly(BIG);
            assertThat(big.narrow(0, BIG - 2, 2).toLongs()).containsExactly(0, 7);
            assertThat(source.tensor("last").toFloats()).containsExactly(1.5f);
        }
    }

    @Test
    void tensor_beyond2GbThatCannotBeMapped_isReadInPieces() throws IOException {
        assumeThat(folder.toFile().getUsableSpace()).isGreaterThan(HEADROOM);
        // One byte before the float makes it lie askew, so it is read, not mapped.
        long floats = BIG / 4;
        String json =
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"f\":{\"dtype\":\"F32\",\"shape\":["
                        + floats + "],\"data_offsets\":[1," + (1 + BIG) + "]}}";
        Path file = write("askew.safetensors", json, 1 + BIG - 4, floatBytes(2.5f));
        try (Scope scope = Scope.open();
                SafetensorsFile source = SafetensorsFile.open(file)) {
            assertThat(source.tensor("f").narrow(0, floats - 2, 2).toFloats()).containsExactly(0, 2.5f);
        }
    }

    @Test
    void write_ofTensorBeyond2Gb_readsBackEqual() throws IOException {
        assumeThat(folder.toFile().getUsableSpace()).isGreaterThan(BIG + HEADROOM);
        Path file = folder.resolve("written.safetensors");
        try (Scope scope = Scope.open()) {
            Tensor big = Tensor.zeros(DType.UINT8, Device.CPU, BIG);
            big.narrow(0, BIG - 1, 1).copyFrom(Tensor.of(new long[] {9}, 1));
            SafetensorsWriter.write(file, Map.of("big", big), Map.of());
        }
        assertThat(Files.size(file)).isGreaterThan(BIG);
        try (Scope scope = Scope.open();
                SafetensorsFile source = SafetensorsFile.open(file)) {
            assertThat(source.tensor("big").narrow(0, BIG - 2, 2).toLongs()).containsExactly(0, 9);
        }
    }

    private Path sparse(String name) throws IOException {
        String json = "{\"big\":{\"dtype\":\"U8\",\"shape\":[" + BIG + "],\"data_offsets\":[0," + BIG
                + "]},\"last\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[" + BIG + "," + (BIG + 4) + "]}}";
        return write(
                name,
                json,
                BIG - 1,
                ByteBuffer.allocate(5)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put((byte) 7)
                        .putFloat(1.5f)
                        .flip());
    }

    /** Writes a header padded to 8 bytes and, after a hole of {@code hole} bytes, the tail. */
    private Path write(String name, String json, long hole, ByteBuffer tail) throws IOException {
        String padded = json + " ".repeat((8 - json.length() % 8) % 8);
        Path file = folder.resolve(name);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer start = ByteBuffer.allocate(8 + padded.length()).order(ByteOrder.LITTLE_ENDIAN);
            start.putLong(padded.length()).put(padded.getBytes(StandardCharsets.UTF_8));
            channel.write(start.flip());
            channel.write(tail, start.limit() + hole);
        }
        return file;
    }

    private static ByteBuffer floatBytes(float value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .flip();
    }
}
