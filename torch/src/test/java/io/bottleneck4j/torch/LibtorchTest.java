package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas_nolapack.MklSetNumThreadsLocal;
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
    void openBlas_hasOneThreadWhateverLibtorchHas() {
        int before = Libtorch.threads();
        try {
            Libtorch.setThreads(2);
            assertThat(openBlasThreads()).isEqualTo(1);
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

    private static int openBlasThreads() {
        try (GetThreads function = new GetThreads()) {
            return function.call(0);
        }
    }

    /** {@code int openblas_get_num_threads()}; JavaCPP has a class for {@code int f(int)} alone, whose argument is ignored. */
    private static final class GetThreads extends MklSetNumThreadsLocal {
        GetThreads() {
            put(Loader.addressof("openblas_get_num_threads"));
        }
    }
}
