package io.bottleneck4j.torch;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack.SetNumThreads;
import org.jspecify.annotations.Nullable;

/** A function {@code void (int threads)} of a loaded native library, kept for the life of the process. */
final class ThreadSetter extends SetNumThreads {
    private ThreadSetter(Pointer function) {
        put(function);
    }

    /** The function of that name; null where no loaded library has one. */
    static @Nullable ThreadSetter named(String name) {
        Pointer function = Loader.addressof(name);
        if (function == null) {
            return null;
        }
        ThreadSetter setter = new ThreadSetter(function);
        setter.retainReference(); // out of any scope it happens to be made in
        return setter;
    }
}
