package io.bottleneck4j.torch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack.SetNumThreads;
import org.jspecify.annotations.Nullable;

/** Threads of OpenBLAS (or MKL in its place), which multiplies float32 matrices on a pool of its own beside libtorch's. */
final class Blas {
    /** Null where yet another library multiplies. */
    private static final @Nullable SetThreads SET_THREADS = find();

    /** JavaCPP's own look-up of the function takes some 0.2 ms a call, a small attention's time; this keeps what it found. */
    private static final class SetThreads extends SetNumThreads {
        SetThreads(Pointer function) {
            put(function);
            retainReference(); // no scope frees it
        }
    }

    private Blas() {}

    private static @Nullable SetThreads find() {
        Libtorch.load();
        Pointer openblas = Loader.addressof("openblas_set_num_threads");
        Pointer function = openblas != null ? openblas : Loader.addressof("MKL_Set_Num_Threads");
        return function == null ? null : new SetThreads(function);
    }

    /** Sets how many threads one matrix product may use. */
    static void setThreads(int threads) {
        if (SET_THREADS != null) {
            SET_THREADS.call(threads);
        }
    }

    /**
     * Runs an operation that itself shares out many small float32 matrix products among threads. Were OpenBLAS to share out
     * each product again, on threads of its own, both sets would wait for the other's cores: 3 to 10 times slower.
     */
    static <T> T singleThreaded(Supplier<T> operation) {
        int threads = Libtorch.threads();
        if (threads == 1 || SET_THREADS == null) {
            return operation.get();
        }
        SET_THREADS.call(1);
        try {
            return operation.get();
        } finally {
            SET_THREADS.call(threads);
        }
    }
}
