package io.bottleneck4j.torch;

import org.apiguardian.api.API;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** The native library: loading it, its threads, and what it can do on this machine. */
@API(status = API.Status.STABLE)
public final class Libtorch {
    private static final @Nullable LinkageError failure;
    /** How many an operation may use, on whichever Java thread it is called; 0 until the library is loaded. */
    private static volatile int threads;
    /** How many of them the calling Java thread has been told of: OpenMP keeps that by thread. */
    private static final ThreadLocal<Integer> TOLD = ThreadLocal.withInitial(() -> 0);
    /** Of threads that compute by themselves. */
    private static final int ALONE = -1;

    static {
        Natives.prepare();
        failure = loadNatives();
    }

    private Libtorch() {}

    /** Loads the libraries; null, or why it could not. */
    private static @Nullable LinkageError loadNatives() {
        try {
            if (Natives.twoBuilds()) {
                throw new UnsatisfiedLinkError("two builds on the class path");
            }
            // Without CUDA natives, do not look for CUDA's 24 libraries all over the class path: 0.3 s of processor
            // time.
            if (!Natives.onClassPath("pytorch", "jnitorch", "-gpu")) {
                Loader.loadProperties().putIfAbsent("platform.extension", "");
            }
            Loader.load(torch.class);
            Blas.useOneThread();
            if (System.getenv("OMP_NUM_THREADS") == null) {
                torch.set_num_threads(Processors.cores());
            }
            threads = torch.get_num_threads();
            return null;
        } catch (LinkageError e) {
            return e;
        }
    }

    /**
     * Loads the native library, as the first tensor does too. Takes about half a second, the first time on a machine more;
     * a program may call it from another thread while it reads its configuration.
     *
     * @throws DeviceException if there is no native library for this machine, or it cannot be loaded
     */
    public static void load() {
        if (failure != null) {
            throw Natives.failure("pytorch", "jnitorch", failure);
        }
    }

    /**
     * Before an operation: gradients are never wanted, and all Java threads compute with as many threads. Both are settings of the
     * calling thread.
     */
    static void prepareThread() {
        load();
        Neighbours.used();
        int wanted = threads;
        int told = TOLD.get();
        if (told != wanted && told != ALONE) {
            GradMode.set_enabled(false);
            OpenMp.useThreads(wanted);
            TOLD.set(wanted);
        }
    }

    /** Has what the calling thread asks for from now on done by that thread alone. */
    @API(status = API.Status.INTERNAL)
    public static void computeAlone() {
        prepareThread();
        OpenMp.useThreads(1);
        TOLD.set(ALONE);
    }

    /**
     * Sets how many threads an operation on the CPU may use, on whichever Java thread it is called from now on. Unless set, they are the
     * processor's {@linkplain Processors#cores() cores}, or as many as the environment variable {@code OMP_NUM_THREADS} says. Sums
     * depend on it in their last bits.
     *
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public static void setThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: must be at least 1, not " + threads);
        }
        load();
        torch.set_num_threads(threads);
        Libtorch.threads = threads;
    }

    /** How many threads an operation on the CPU may use. */
    public static int threads() {
        load();
        return threads;
    }

    /** The vector instructions libtorch uses, as {@code AVX512}. */
    public static String cpuCapability() {
        load();
        return torch.get_cpu_capability().getString();
    }

    /** libtorch's own build description, several lines. */
    public static String buildConfiguration() {
        load();
        return torch.show_config().getString();
    }

    /** Version of the native library's Maven artifact, as {@code 2.10.0-1.5.13}; "unknown" off a jar. */
    public static String version() {
        String version = org.bytedeco.pytorch.Tensor.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /** Whether the natives are the CUDA build. */
    public static boolean builtWithCuda() {
        load();
        return Context.hasCUDA() || torch.cuda_is_available();
    }

    /** Number of usable CUDA devices; 0 without a driver or with the CPU build. */
    public static int cudaDevices() {
        load();
        return torch.cuda_is_available() ? torch.cuda_device_count() : 0;
    }

    /** Native objects alive that Java knows of; a leak test watches this. */
    public static long livePointers() {
        return Pointer.totalCount();
    }

    /** Resident memory of this process in bytes, as the operating system counts it. */
    public static long residentBytes() {
        return Pointer.physicalBytes();
    }
}
