package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutionTest {
    @ParameterizedTest
    @CsvSource({
        // device, stored, CPU flag, faster as measured (none: nobody may measure), expected
        "cpu, FLOAT32, avx512_bf16, , FLOAT32",
        "cpu, BFLOAT16, avx512_bf16, BFLOAT16, BFLOAT16",
        "cpu, BFLOAT16, avx512_bf16, FLOAT32, FLOAT32",
        "cpu, BFLOAT16, amx_bf16, BFLOAT16, BFLOAT16",
        "cpu, FLOAT16, avx512_bf16, BFLOAT16, BFLOAT16",
        "cpu, FLOAT16, amx_bf16, FLOAT32, FLOAT32",
        "cpu, BFLOAT16, avx2, , FLOAT32",
        "cpu, FLOAT16, avx2, , FLOAT32",
        "cuda:0, FLOAT32, avx2, , BFLOAT16",
        "cuda:1, BFLOAT16, avx512_bf16, , BFLOAT16",
        "cuda:0, FLOAT16, avx2, , BFLOAT16"
    })
    void choose_withoutAWish_isTheFastestSoundType(
            String device, DType stored, String flag, @Nullable DType faster, DType expected) {
        Device at = Device.parse(device);
        assertThat(Execution.choose(at, null, stored, new CpuFeatures(Set.of(flag)), () -> measured(faster)))
                .isEqualTo(new Execution(at, expected));
    }

    private static DType measured(@Nullable DType faster) {
        return Objects.requireNonNull(faster, "measured where only one type is sound");
    }

    @ParameterizedTest
    @CsvSource({"cpu, FLOAT32", "cpu, BFLOAT16", "cuda:0, FLOAT16", "cuda:0, FLOAT32"})
    void choose_withAWish_followsIt(String device, DType wanted) {
        CpuFeatures both = new CpuFeatures(Set.of("avx512_bf16"));
        assertThat(Execution.choose(Device.parse(device), wanted, DType.FLOAT32, both, () -> measured(null))
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
