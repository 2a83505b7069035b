package io.bottleneck4j.torch;

import org.jspecify.annotations.Nullable;

/**
 * OpenBLAS, which libtorch's Maven build multiplies float32 matrices with, on a pool of threads of its own beside OpenMP's. The two pools wait
 * for each other's cores: operations that share out many small products run 3 to 10 times slower, and next to
 * another busy process everything does. So OpenBLAS gets one thread here, and large products go to oneDNN, which runs on OpenMP's threads as
 * all else does ({@link Ops#linear}).
 */
final class Blas {
    private static final @Nullable ThreadSetter SET_THREADS = ThreadSetter.named("openblas_set_num_threads");

    private Blas() {}

    /** Takes OpenBLAS's threads away; does nothing where another library multiplies. */
    static void useOneThread() {
        if (SET_THREADS != null) {
            SET_THREADS.call(1);
        }
    }
}
