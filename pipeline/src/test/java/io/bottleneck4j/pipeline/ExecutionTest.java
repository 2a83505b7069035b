package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutionTest {
    @ParameterizedTest
    @CsvSource({
        // device, stored, CPU flag, expected
        "cpu, FLOAT32, avx512_bf16, FLOAT32",
        "cpu, BFLOAT16, avx512_bf16, BFLOAT16",
        "cpu, BFLOAT16, amx_bf16, BFLOAT16",
        "cpu, FLOAT16, avx512_bf16, BFLOAT16",
        "cpu, BFLOAT16, avx2, FLOAT32",
        "cpu, FLOAT16, avx2, FLOAT32",
        "cuda:0, FLOAT32, avx2, BFLOAT16",
        "cuda:1, BFLOAT16, avx2, BFLOAT16",
        "cuda:0, FLOAT16, avx2, BFLOAT16"
    })
    void choose_withoutAWish_isTheFastestSoundType(String device, DType stored, String flag, DType expected) {
        Device at = Device.parse(device);
        assertThat(Execution.choose(at, null, stored, new CpuFeatures(Set.of(flag))))
                .isEqualTo(new Execution(at, expected));
    }

    @ParameterizedTest
    @CsvSource({"cpu, FLOAT32", "cpu, BFLOAT16", "cuda:0, FLOAT16", "cuda:0, FLOAT32"})
    void choose_withAWish_followsIt(String device, DType wanted) {
        CpuFeatures none = new CpuFeatures(Set.of());
        assertThat(Execution.choose(Device.parse(device), wanted, DType.FLOAT32, none)
                        .dtype())
                .isEqualTo(wanted);
    }

    @Test
    void dtype_thatCannotWork_isRefused() {
        assertThatThrownBy(() -> new Execution(Device.CPU, DType.FLOAT16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dtype: float16 has no fast path on a CPU and may not finish; use bfloat16 or float32");
        assertThatThrownBy(() -> new Execution(Device.CPU, DType.INT64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("dtype: must be float32, bfloat16 or float16, not ");
    }

    @Test
    void vaeDtype_onACpu_isFloat32() {
        assertThat(new Execution(Device.CPU, DType.BFLOAT16).vaeDtype()).isEqualTo(DType.FLOAT32);
        assertThat(new Execution(Device.parse("cuda"), DType.BFLOAT16).vaeDtype())
                .isEqualTo(DType.BFLOAT16);
    }
}
