package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
    @ParameterizedTest
    @CsvSource({"cpu, CPU, 0, cpu", "cuda, CUDA, 0, cuda:0", "cuda:0, CUDA, 0, cuda:0", "cuda:12, CUDA, 12, cuda:12"})
    void parse_ofKnownText_returnsDevice(String text, Device.Kind kind, int index, String shown) {
        assertThat(Device.parse(text)).isEqualTo(new Device(kind, index)).hasToString(shown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:x", "cuda:1234", "cpu ", "meta"})
    void parse_ofOtherText_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Device.parse(text))
                .withMessage("device: must be cpu or cuda:N, not '" + text + "'; use cpu or cuda:0");
    }

    @Test
    void requireAvailable_ofTheCpu_returnsIt() {
        assertThat(Device.CPU.requireAvailable()).isEqualTo(Device.CPU);
        assertThat(Device.CPU.isCpu()).isTrue();
        assertThat(Device.META.isCpu()).isFalse();
    }

    @Test
    void requireAvailable_ofAbsentGpu_saysWhatToDo() {
        assumeThat(Libtorch.cudaDevices()).isZero();
        String remedy = Libtorch.builtWithCuda()
                ? "check the driver, or use cpu"
                : "put bottleneck4j-natives-linux-x86_64-gpu in the place of the natives without CUDA, or use cpu";
        assertThatExceptionOfType(DeviceException.class)
                .isThrownBy(() -> Device.parse("cuda:0").requireAvailable())
                .withMessage("device: cuda:0 is not available, this libtorch sees no CUDA device; " + remedy);
    }

    @Test
    @Tag("gpu")
    void to_gpuAndBack_keepsValuesAndDevice() {
        assumeThat(Libtorch.cudaDevices()).as("CUDA devices").isPositive();
        Device gpu = Device.parse("cuda:0").requireAvailable();
        try (Scope scope = Scope.open()) {
            Tensor there = Tensor.arange(4).to(gpu);
            assertThat(there.device()).isEqualTo(gpu);
            assertThat(there.mul(2).to(Device.CPU).toFloats()).containsExactly(0, 2, 4, 6);
        }
    }
}
