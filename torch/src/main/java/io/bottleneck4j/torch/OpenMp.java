package io.bottleneck4j.torch;

import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * OpenMP, on whose threads libtorch shares its work. It divides each operation anew, so in a chain of operations on one small tensor every
 * core fetches half of what another has just written, which takes longer than all the arithmetic. libtorch's own switch would throw
 * away what oneDNN has prepared; OpenMP's belongs to the calling thread and costs nothing.
 */
final class OpenMp {
    private static final @Nullable ThreadSetter SET_THREADS = ThreadSetter.named("omp_set_num_threads");

    private OpenMp() {}

    /** Sets how many threads share what the calling thread does. */
    static void useThreads(int threads) {
        // libtorch sets up every thread of its own accord, once; asking for the number does it now, not later over this
        // setting.
        int present = torch.get_num_threads();
        if (SET_THREADS != null) {
            SET_THREADS.call(threads);
        } else if (present != threads) {
            torch.set_num_threads(threads);
        }
    }

    /** Runs the body, the calling thread alone at work; shared as ever where another library shares out the work. */
    static <T> T alone(Supplier<T> body) {
        ThreadSetter function = SET_THREADS;
        if (function == null) {
            return body.get();
        }
        Libtorch.prepareThread();
        int threads = Libtorch.threads();
        function.call(1);
        try {
            return body.get();
        } finally {
            function.call(threads);
        }
    }
}
