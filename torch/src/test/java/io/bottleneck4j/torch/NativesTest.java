package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that sets no flags. */
class NativesTest {
    /** Prints what a process without flags computes with. */
    static final class PlainMain {
        private PlainMain() {}

        public static void main(String[] args) {
            try (Scope scope = Scope.open()) {
                Tensor large = Tensor.arange(1 << 27); // 512 MB, eight times the heap
                System.out.println("sum " + large.narrow(0, 0, 4).sum(0).toFloats()[0]);
            }
            System.out.println("threads " + Libtorch.threads());
            System.out.println("limits " + Pointer.maxBytes() + " " + Pointer.maxPhysicalBytes());
            System.out.println("flavor " + System.getProperty("RUST_FLAVOR"));
        }
    }

    /** Touches the library in one way, on a class path without natives. */
    static final class FirstTouch {
        private FirstTouch() {}

        public static void main(String[] args) throws Exception {
            Callable<?> touch = switch (args[0]) {
                case "scope" -> Scope::open;
                case "tensor" -> () -> Tensor.of(new float[] {1}, 1);
                case "mapped" -> () -> Tensor.mapped(Path.of("x"), 1);
                case "noise" -> () -> Noise.seeded(1);
                case "threads" -> Libtorch::threads;
                default -> () -> Device.parse("cuda:0").requireAvailable();
            };
            for (int twice = 0; twice < 2; twice++) {
                try {
                    touch.call();
                } catch (DeviceException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    private static final String CLASS_PATH = System.getProperty("java.class.path", "");

    @TempDir
    Path folder;

    private static String classPathWithout(String jars) {
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(CLASS_PATH)
                .filter(Pattern.compile(jars).asPredicate().negate())
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    void plainMain_withASmallHeap_computesOnAllCoresBeyondIt() throws Exception {
        ChildJvm.Result result = ChildJvm.run(CLASS_PATH, Map.of(), "-Xmx64m", PlainMain.class.getName());
        assertThat(result.out()).isEqualTo("sum 6.0\nthreads " + Processors.cores() + "\nlimits 0 0\nflavor cpu\n");
        assertThat(result.code()).isZero();
    }

    @Test
    void plainMain_withOwnSettings_keepsThem() throws Exception {
        ChildJvm.Result result = ChildJvm.run(
                CLASS_PATH,
                Map.of("OMP_NUM_THREADS", "1", "RUST_FLAVOR", "cu128"),
                "-Xmx64m",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=8g",
                "-Dorg.bytedeco.javacpp.maxBytes=7g",
                PlainMain.class.getName());
        assertThat(result.out())
                .isEqualTo("sum 6.0\nthreads 1\nlimits " + (7L << 30) + " " + (8L << 30) + "\nflavor null\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"scope", "tensor", "mapped", "noise", "threads", "device"})
    void withoutNatives_namesPlatformAndArtifact(String touch) throws Exception {
        String platform = Loader.getPlatform();
        ChildJvm.Result result = ChildJvm.run(classPathWithout(platform), Map.of(), FirstTouch.class.getName(), touch);
        String line = "pytorch: must be on the class path with its libraries for " + platform
                + ", is not; add the artifact io.bottleneck4j:bottleneck4j-natives-" + platform + " of type pom"
                + (platform.startsWith("linux") ? ", or " + platform + "-gpu for CUDA" : "") + "\n";
        assertThat(result.out()).isEqualTo(line + line);
    }

    @Test
    void onAPlatformWithoutNatives_namesThoseThereAre() throws Exception {
        ChildJvm.Result result = ChildJvm.run(
                CLASS_PATH,
                Map.of(),
                "-Dorg.bytedeco.javacpp.platform=linux-riscv64",
                FirstTouch.class.getName(),
                "scope");
        assertThat(result.out())
                .startsWith("pytorch: runs on linux-x86_64, macosx-arm64, macosx-x86_64, windows-x86_64, not on"
                        + " linux-riscv64; use a machine of these\n");
    }

    @Test
    void withNativesThatDoNotLoad_saysWhy() throws Exception {
        emptyLibrary(Loader.getPlatform());
        ChildJvm.Result result = ChildJvm.run(
                folder + File.pathSeparator + classPathWithout("pytorch-.*" + Loader.getPlatform()),
                Map.of(),
                "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("cache"),
                FirstTouch.class.getName(),
                "scope");
        assertThat(result.out())
                .containsPattern(
                        "pytorch: must load on " + Loader.getPlatform() + ", did not: .*libjnitorch.*: file too short"
                                + "; if its cache folder, .javacpp in the home directory, is full or damaged, empty it");
    }

    private void emptyLibrary(String build) throws IOException {
        Path library = folder.resolve("org/bytedeco/pytorch/" + build + "/" + System.mapLibraryName("jnitorch"));
        Files.createDirectories(library.resolve(".."));
        Files.createFile(library.normalize());
    }

    @Test
    void withNativesOfBothBuilds_saysWhichToRemove() throws Exception {
        String platform = Loader.getPlatform();
        for (String build : new String[] {platform, platform + "-gpu"}) {
            emptyLibrary(build);
        }
        ChildJvm.Result result =
                ChildJvm.run(CLASS_PATH + File.pathSeparator + folder, Map.of(), FirstTouch.class.getName(), "scope");
        assertThat(result.out())
                .startsWith("pytorch: must be on the class path once, is there with and without CUDA; remove"
                        + " io.bottleneck4j:bottleneck4j-natives-" + platform
                        + " or io.bottleneck4j:bottleneck4j-natives-" + platform + "-gpu\n");
    }
}
