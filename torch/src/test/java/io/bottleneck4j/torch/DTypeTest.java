package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DTypeTest {
    @ParameterizedTest
    @CsvSource({
        "FLOAT64, F64, float64, 8, true",
        "FLOAT32, F32, float32, 4, true",
        "FLOAT16, F16, float16, 2, true",
        "BFLOAT16, BF16, bfloat16, 2, true",
        "INT64, I64, int64, 8, false",
        "INT32, I32, int32, 4, false",
        "INT16, I16, int16, 2, false",
        "INT8, I8, int8, 1, false",
        "UINT8, U8, uint8, 1, false",
        "BOOL, BOOL, bool, 1, false",
    })
    void names_areThoseOfFilesAndOfPyTorch(DType type, String inFiles, String shown, int bytes, boolean floating) {
        assertThat(type.safetensorsName()).isEqualTo(inFiles);
        assertThat(DType.ofSafetensors(inFiles)).isEqualTo(type);
        assertThat(type).hasToString(shown);
        assertThat(type.bytes()).isEqualTo(bytes);
        assertThat(type.isFloatingPoint()).isEqualTo(floating);
    }

    @Test
    void ofSafetensors_unknown_listsWhatIsKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DType.ofSafetensors("F8_E4M3"))
                .withMessage("dtype: must be one of F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL, not F8_E4M3");
    }
}
