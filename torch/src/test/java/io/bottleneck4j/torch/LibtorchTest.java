package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class LibtorchTest {
    @Test
    void setThreads_isWhatThreadsTells() {
        int before = Libtorch.threads();
        try {
            Libtorch.setThreads(1);
            assertThat(Libtorch.threads()).isEqualTo(1);
        } finally {
            Libtorch.setThreads(before);
        }
    }

    @Test
    void setThreads_toNone_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Libtorch.setThreads(0))
                .withMessage("threads: must be at least 1, not 0");
    }

    @Test
    void descriptions_areThere() {
        assertThat(Libtorch.version()).startsWith("2.10.0");
        assertThat(Libtorch.cpuCapability()).isNotBlank();
        assertThat(Libtorch.buildConfiguration()).contains("PyTorch built with");
        assertThat(Libtorch.residentBytes()).isPositive();
        assertThat(Libtorch.cudaDevices()).isNotNegative();
    }
}
