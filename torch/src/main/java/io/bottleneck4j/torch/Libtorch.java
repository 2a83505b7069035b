package io.bottleneck4j.torch;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** The native library: loading it, its threads, and what it can do on this machine. */
public final class Libtorch {
    private static final @Nullable LinkageError failure;
    private static volatile int wanted;

    static {
        // JavaCPP otherwise throws OutOfMemoryError once the process holds four times -Xmx, mapped weights included.
        // It reads these once, when Pointer is initialised; a user's own setting wins.
        setIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        setIfAbsent("org.bytedeco.javacpp.maxBytes", "0");
        failure = loadNatives();
    }

    private Libtorch() {}

    /** Loads the libraries; null, or why it could not. */
    private static @Nullable LinkageError loadNatives() {
        try {
            // Without CUDA natives, do not look for CUDA's 24 libraries all over the class path: 0.3 s of processor
            // time.
            if (Libtorch.class.getResource(gpuNatives()) == null) {
                Loader.loadProperties().putIfAbsent("platform.extension", "");
            }
            Loader.load(torch.class);
            Blas.useOneThread();
            return null;
        } catch (LinkageError e) {
            return e;
        }
    }

    private static String gpuNatives() {
        return "/org/bytedeco/pytorch/" + Loader.getPlatform() + "-gpu/" + System.mapLibraryName("jnitorch");
    }

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
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
            throw new DeviceException(
                    "libtorch: must load on " + Loader.getPlatform() + ", did not: "
                            + String.valueOf(failure.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse("")
                            + "; build with the Maven profile of this platform and see that its cache folder is writable",
                    failure);
        }
    }

    /** No gradients are ever wanted; the mode belongs to the calling thread. */
    static void inferenceOnly() {
        load();
        if (GradMode.is_enabled()) {
            GradMode.set_enabled(false);
        }
    }

    /**
     * Sets how many threads an operation on the CPU may use.
     *
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public static void setThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: must be at least 1, not " + threads);
        }
        load();
        wanted = threads;
        torch.set_num_threads(threads);
    }

    /** Sets the calling thread to compute with as many threads as {@link #setThreads} said last: the number belongs to each Java thread. */
    public static void useThreadsHere() {
        int threads = wanted;
        if (threads > 0 && torch.get_num_threads() != threads) {
            torch.set_num_threads(threads);
        }
    }

    /** How many threads an operation on the CPU may use. */
    public static int threads() {
        load();
        return torch.get_num_threads();
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
