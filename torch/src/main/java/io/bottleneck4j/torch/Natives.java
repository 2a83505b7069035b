package io.bottleneck4j.torch;

import java.util.List;
import org.bytedeco.javacpp.Loader;

/**
 * The native libraries: what they must find set in a process, and what to say when one of them does not load. They come by an artifact of
 * one's platform, {@code io.bottleneck4j:bottleneck4j-natives-linux-x86_64} and its like.
 */
public final class Natives {
    private static final String ARTIFACT = "io.bottleneck4j:bottleneck4j-natives-";
    private static final int SHOWN = 300;
    private static final List<String> PLATFORMS =
            List.of("linux-x86_64", "macosx-arm64", "macosx-x86_64", "windows-x86_64");

    static {
        // JavaCPP otherwise throws OutOfMemoryError once the process holds four times -Xmx, mapped weights included.
        setIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        setIfAbsent("org.bytedeco.javacpp.maxBytes", "0");
        // On a machine with a GPU the tokenizers' library otherwise looks for another build of itself, on the network
        // too.
        if (System.getenv("RUST_FLAVOR") == null) {
            setIfAbsent("RUST_FLAVOR", "cpu");
        }
    }

    private Natives() {}

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    /**
     * Sets the system properties that the libraries read when their first class is initialised, and so is called before any of them is
     * touched. What is set already stays as it is.
     */
    public static void prepare() {
        // This class's initialiser has done so.
    }

    /** Whether this machine's natives of a library of JavaCPP are on the class path: {@code pytorch}, its first file jnitorch. */
    static boolean onClassPath(String library, String file, String extension) {
        return Natives.class.getResource("/org/bytedeco/" + library + "/" + Loader.getPlatform() + extension + "/"
                        + System.mapLibraryName(file))
                != null;
    }

    /** Whether natives with and without CUDA are beside each other, which would end the process. */
    static boolean twoBuilds() {
        return onClassPath("pytorch", "jnitorch", "") && onClassPath("pytorch", "jnitorch", "-gpu");
    }

    /**
     * What to tell of a library that did not load.
     *
     * @param library as JavaCPP names it, {@code pytorch} or {@code ffmpeg}
     * @param file the library's first file, {@code jnitorch} or {@code jniavutil}
     */
    public static DeviceException failure(String library, String file, LinkageError cause) {
        String platform = Loader.getPlatform();
        String reason;
        if (!PLATFORMS.contains(platform)) {
            reason = "runs on " + String.join(", ", PLATFORMS) + ", not on " + platform + "; use a machine of these";
        } else if (twoBuilds()) {
            reason = "must be on the class path once, is there with and without CUDA; remove " + ARTIFACT + platform
                    + " or " + ARTIFACT + platform + "-gpu";
        } else if (onClassPath(library, file, "") || onClassPath(library, file, "-gpu")) {
            reason = "must load on " + platform + ", did not: " + rootReason(cause)
                    + "; if its cache folder, .javacpp in the home directory, is full or damaged, empty it";
        } else {
            reason = "must be on the class path with its libraries for " + platform + ", is not; add the artifact "
                    + ARTIFACT + platform + " of type pom"
                    + (platform.startsWith("linux") ? ", or " + platform + "-gpu for CUDA" : "");
        }
        return new DeviceException(library + ": " + reason, cause);
    }

    /** JavaCPP tells last that it did not find a library anywhere, and first why the one it has does not fit. */
    private static String rootReason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String line = String.valueOf(root.getMessage()).lines().findFirst().orElse("");
        return line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
    }
}
