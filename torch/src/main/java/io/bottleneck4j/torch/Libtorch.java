package io.bottleneck4j.torch;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch;

/** The native library: loading it, its threads, and what it can do on this machine. */
public final class Libtorch {
    static {
        // JavaCPP otherwise throws OutOfMemoryError once the process holds four times -Xmx, mapped weights included.
        // It reads these once, when Pointer is initialised; a user's own setting wins.
        setIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        setIfAbsent("org.bytedeco.javacpp.maxBytes", "0");
        Loader.load(torch.class);
    }

    private Libtorch() {}

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    /** Loads the native library; any other call here does so too. Takes about a second, the first time on a machine more. */
    public static void load() {}

    /** No gradients are ever wanted; the mode belongs to the calling thread. */
    static void inferenceOnly() {
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
        torch.set_num_threads(threads);
    }

    /** How many threads an operation on the CPU may use. */
    public static int threads() {
        return torch.get_num_threads();
    }

    /** The vector instructions libtorch uses, as {@code AVX512}. */
    public static String cpuCapability() {
        return torch.get_cpu_capability().getString();
    }

    /** libtorch's own build description, several lines. */
    public static String buildConfiguration() {
        return torch.show_config().getString();
    }

    /** Version of the native library's Maven artifact, as {@code 2.10.0-1.5.13}; "unknown" off a jar. */
    public static String version() {
        String version = org.bytedeco.pytorch.Tensor.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    public static boolean builtWithCuda() {
        return Context.hasCUDA() || torch.cuda_is_available();
    }

    /** Number of usable CUDA devices; 0 without a driver or with the CPU build. */
    public static int cudaDevices() {
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
