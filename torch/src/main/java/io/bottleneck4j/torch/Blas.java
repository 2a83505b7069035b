package io.bottleneck4j.torch;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack.SetNumThreads;

/**
 * OpenBLAS, which libtorch's Maven build multiplies float32 matrices with, on a pool of threads of its own beside OpenMP's. The two pools wait
 * for each other's cores: operations that share out many small products run 3 to 10 times slower, and next to
 * another busy process everything does. So OpenBLAS gets one thread here, and large products go to oneDNN, which runs on OpenMP's threads as
 * all else does ({@link Ops#linear}).
 */
final class Blas {
    private Blas() {}

    /** Takes OpenBLAS's threads away; does nothing where another library multiplies. */
    static void useOneThread() {
        Pointer function = Loader.addressof("openblas_set_num_threads");
        if (function != null) {
            new SetThreads(function).call(1);
        }
    }

    private static final class SetThreads extends SetNumThreads {
        SetThreads(Pointer function) {
            put(function);
        }
    }
}
