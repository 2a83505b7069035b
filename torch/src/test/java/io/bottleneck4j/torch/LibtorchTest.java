package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
    void setThreads_holdsOnEveryJavaThread_newOrOld() throws Exception {
        int before = Libtorch.threads();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            for (int threads : new int[] {2, 1, 2}) {
                Libtorch.setThreads(threads);
                assertThat(openMpThreadsOfAnOperation()).isEqualTo(threads);
                assertThat(other.submit(LibtorchTest::openMpThreadsOfAnOperation)
                                .get())
                        .as("%d threads, on another Java thread", threads)
                        .isEqualTo(threads);
            }
            other.submit(() -> Libtorch.setThreads(1)).get();
            assertThat(openMpThreadsOfAnOperation()).isEqualTo(1);
        } finally {
            other.shutdown();
            Libtorch.setThreads(before);
        }
    }

    @Test
    void product_onAnotherJavaThread_hasTheSameBits() throws Exception {
        float[] here = product();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            assertThat(other.submit(LibtorchTest::product).get()).isEqualTo(here);
        } finally {
            other.shutdown();
        }
    }

    /** A linear layer and a sum of 300,000 numbers, which threads divide among themselves. */
    private static float[] product() {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(3)) {
            Tensor product = Ops.linear(noise.randn(300, 1000), noise.randn(1000, 1000), noise.randn(1000));
            return Tensor.of(product.view(-1).sum(0).toFloats(), 1)
                    .add(product.view(-1))
                    .toFloats();
        }
    }

    private static int openMpThreadsOfAnOperation() {
        try (Scope scope = Scope.open();
                GetThreads function = new GetThreads("omp_get_max_threads")) {
            Tensor.arange(1);
            return function.call(0);
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
        try (GetThreads function = new GetThreads("openblas_get_num_threads")) {
            return function.call(0);
        }
    }

    /** A function {@code int f()}; JavaCPP has a class for {@code int f(int)} alone, whose argument is ignored. */
    private static final class GetThreads extends MklSetNumThreadsLocal {
        GetThreads(String name) {
            put(Loader.addressof(name));
        }
    }
}
