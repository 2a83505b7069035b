package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamedPartsTest {
    private static final int BLOCKS = 4;

    @TempDir
    private Path folder;

    /** A scale outside the blocks, and blocks that add. */
    private record Adder(Tensor scale, List<Part<Tensor>> blocks) {
        static Adder of(Weights w) {
            List<Part<Tensor>> blocks = new ArrayList<>();
            for (int i = 0; i < BLOCKS; i++) {
                blocks.add(w.part("blocks." + i, block -> block.tensor("x", 2)));
            }
            return new Adder(w.tensor("scale", 1), blocks);
        }

        float[] run(int... order) {
            try (Scope scope = Scope.open()) {
                Tensor sum = Tensor.zeros(DType.FLOAT32, Device.CPU, 2);
                for (int i : order) {
                    Tensor before = sum;
                    sum = blocks.get(i).use(x -> before.mul(2).add(x.to(DType.FLOAT32)));
                }
                return sum.toFloats();
            }
        }
    }

    /** Counts how often each tensor is copied, and holds one back on demand. */
    private static final class Counting implements TensorSource {
        private final TensorSource source;
        private final Map<String, AtomicInteger> copies = new HashMap<>();
        private volatile String broken = "";
        private boolean closed;

        Counting(TensorSource source) {
            this.source = source;
            source.infos().keySet().forEach(name -> copies.put(name, new AtomicInteger()));
        }

        @Override
        public Map<String, TensorInfo> infos() {
            return source.infos();
        }

        @Override
        public Tensor tensor(String name) {
            return source.tensor(name);
        }

        @Override
        public Tensor copy(String name) {
            copies.getOrDefault(name, new AtomicInteger()).incrementAndGet();
            if (name.equals(broken)) {
                throw new WeightsException(name + ": was shortened");
            }
            return source.copy(name);
        }

        int copies(int block) {
            return copies.getOrDefault("blocks." + block + ".x", new AtomicInteger())
                    .get();
        }

        @Override
        public void close() {
            closed = true;
            source.close();
        }
    }

    private Path file() throws IOException {
        Path file = folder.resolve("adder.safetensors");
        try (Scope scope = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("scale", Tensor.of(new float[] {3}, 1));
            for (int i = 0; i < BLOCKS; i++) {
                tensors.put("blocks." + i + ".x", Tensor.of(new float[] {i, 10 * i}, 2));
            }
            SafetensorsWriter.write(file, tensors, Map.of());
        }
        return file;
    }

    private static Weights.Loaded<Adder> stream(TensorSource source, DType dtype) {
        return Weights.stream("adder", source, dtype, Device.CPU, Quantization.NONE, Quantization.NONE, Adder::of);
    }

    @Test
    void use_inAnyOrder_givesWhatLoadedWeightsGive() throws IOException {
        int[][] orders = {{0, 1, 2, 3}, {0, 1, 2, 3}, {3, 1, 1, 0}, {0, 2}, {2, 0, 3}, {}};
        for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
            try (Weights.Loaded<Adder> whole =
                            Weights.load("adder", SafetensorsFile.open(file()), dtype, Device.CPU, Adder::of);
                    Weights.Loaded<Adder> streamed = stream(SafetensorsFile.open(file()), dtype)) {
                for (int[] order : orders) {
                    assertThat(streamed.model().run(order))
                            .isEqualTo(whole.model().run(order));
                }
                assertThat(streamed.model().scale().dtype()).isEqualTo(dtype);
            }
        }
    }

    /** A block is read for each use, and the one that followed it the last time beside it. */
    @Test
    void use_inTurn_readsEachOnce() throws IOException {
        Counting source = new Counting(SafetensorsFile.open(file()));
        try (Weights.Loaded<Adder> streamed = stream(source, DType.FLOAT32)) {
            Adder adder = streamed.model();
            for (int run = 1; run <= 3; run++) {
                adder.run(0, 1, 2, 3);
                assertThat(source.copies(1)).isEqualTo(run);
                assertThat(source.copies(3)).isEqualTo(run);
            }
            adder.run(0, 2); // 1 was expected, and is let go
            assertThat(source.copies(0)).isEqualTo(4);
            assertThat(source.copies(1)).isEqualTo(4);
        }
        assertThat(source.closed).isTrue();
    }

    @Test
    void use_freesWhatItRead() throws IOException {
        try (Weights.Loaded<Adder> streamed = stream(SafetensorsFile.open(file()), DType.BFLOAT16)) {
            streamed.model().run(0, 1, 2, 3);
            streamed.model().run(0, 1, 2, 3);
            long before = Libtorch.livePointers();
            for (int i = 0; i < 20; i++) {
                streamed.model().run(0, 1, 2, 3);
            }
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before + BLOCKS);
        }
    }

    @Test
    void use_whereABlockCannotBeRead_saysSoThereAndGoesOn() throws IOException {
        Counting source = new Counting(SafetensorsFile.open(file()));
        try (Weights.Loaded<Adder> streamed = stream(source, DType.FLOAT32)) {
            Adder adder = streamed.model();
            source.broken = "blocks.2.x";
            assertThat(adder.run(0, 1)).as("2 is read ahead, and not wanted").containsExactly(1, 10);
            assertThatThrownBy(() -> adder.run(0, 1, 2, 3))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage("blocks.2.x: was shortened");
            source.broken = "";
            assertThat(adder.run(0, 1, 2, 3)).containsExactly(11, 110);
        }
    }

    @Test
    void use_whoseBodyFails_freesThePart() throws IOException {
        try (Weights.Loaded<Adder> streamed = stream(SafetensorsFile.open(file()), DType.FLOAT32)) {
            Part<Tensor> first = streamed.model().blocks().get(0);
            List<Tensor> seen = new ArrayList<>();
            assertThatThrownBy(() -> first.use(x -> {
                        seen.add(x);
                        throw new IllegalStateException("stop");
                    }))
                    .hasMessage("stop");
            assertThatThrownBy(() -> seen.get(0).toFloats()).isInstanceOf(IllegalStateException.class);
            assertThat(first.<float[]>use(Tensor::toFloats)).containsExactly(0, 0);
        }
    }

    @Test
    void stream_ofAFileThatLacksAPart_saysSoAtOnce() throws IOException {
        Path file = folder.resolve("short.safetensors");
        try (Scope scope = Scope.open()) {
            SafetensorsWriter.write(file, Map.of("scale", Tensor.of(new float[] {3}, 1)), Map.of());
        }
        Counting source = new Counting(SafetensorsFile.open(file));
        assertThatThrownBy(() -> stream(source, DType.FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("blocks.0.x");
        assertThat(source.closed).isTrue();
        Files.delete(file);
    }

    @Test
    void footprint_countsTwoPartsAndTheRest() {
        assertThat(Weights.Footprint.of(DType.FLOAT32, Quantization.NONE, Adder::of))
                .isEqualTo(new Weights.Footprint(4 * (1 + 2 * BLOCKS), 4 * (1 + 2 * 2)));
        assertThat(Weights.Footprint.of(DType.BFLOAT16, Quantization.NONE, w -> w.tensor("x", 3)))
                .isEqualTo(new Weights.Footprint(6, 6));
    }
}
