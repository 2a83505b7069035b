package io.bottleneck4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every type that a GGUF file packs, with two LoRAs added at each use, is the sum made beforehand. */
class PackedSumTest {
    private static final Path FILE = Path.of("../torch/src/test/resources/golden/packed.gguf");

    private static void assertSum(String name, PackedTensor packed, Noise noise) {
        long rows = packed.shape().get(0);
        long columns = packed.shape().get(1);
        Tensor up = noise.randn(rows, 2);
        Tensor down = noise.randn(2, columns);
        Tensor other = noise.randn(rows, 3);
        Tensor otherDown = noise.randn(3, columns);
        PackedSum sum = new PackedSum(
                packed, List.of(new LowRank.Product(up, down, 0.5), new LowRank.Product(other, otherDown, -0.25)));
        Tensor expected = packed.unpacked(DType.FLOAT32)
                .add(Ops.matmul(up, down).mul(0.5))
                .add(Ops.matmul(other, otherDown).mul(-0.25));
        assertThat(sum.shape()).isEqualTo(packed.shape());
        assertThat(sum.bytes()).isEqualTo(packed.bytes() + (rows + columns) * 5 * Float.BYTES);
        assertThat(sum.unpacked(DType.FLOAT32).toFloats()).as(name).containsExactly(expected.toFloats());
        assertThat(sum.unpacked(DType.BFLOAT16).toFloats())
                .as(name + " rounded once")
                .containsExactly(expected.to(DType.BFLOAT16).toFloats());
        assertThat(sum.rows(1, rows - 1).unpacked(DType.FLOAT32).toFloats())
                .as(name + ", its last rows")
                .containsExactly(expected.narrow(0, 1, rows - 1).toFloats());
        assertThat(sum.copy().unpacked(DType.FLOAT32).toFloats()).containsExactly(expected.toFloats());
    }

    @Test
    void values_areTheSum() {
        int compared = 0;
        try (TensorSource file = TensorSource.open(FILE);
                Noise noise = Noise.seeded(1)) {
            for (Map.Entry<String, TensorInfo> entry : file.infos().entrySet()) {
                try (Scope scope = Scope.open()) {
                    if (entry.getValue().packing() != null
                            && entry.getValue().shape().size() == 2
                            && entry.getValue().shape().get(0) > 1) {
                        PackedTensor packed = file.packed(entry.getKey()).orElseThrow();
                        assertSum(entry.getKey(), packed, noise);
                        compared++;
                    }
                }
            }
        }
        assertThat(compared).isGreaterThan(5);
    }
}
