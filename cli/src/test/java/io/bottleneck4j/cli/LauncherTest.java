package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, in a checkout of its own with a {@code java} and a {@code mvn} that only tell what they were asked. */
class LauncherTest {
    private static final Path BASH = Path.of("/bin/bash");

    @TempDir
    Path folder;

    private Path root = Path.of("");
    private Path tools = Path.of("");

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void checkout() throws IOException {
        assumeTrue(Files.isExecutable(BASH));
        root = Files.createDirectory(folder.resolve("check out"));
        Files.createDirectories(root.resolve("bin"));
        Files.copy(Path.of("..", "bin", "bottleneck4j"), root.resolve("bin/bottleneck4j"));
        executable(root.resolve("bin/bottleneck4j"));
        Path source = root.resolve("cli/src/main/java/Main.java");
        Files.createDirectories(source.resolve(".."));
        Files.writeString(source, "class Main {}");
        tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool :
                new String[] {"dirname", "find", "flock", "mkdir", "mktemp", "readlink", "rm", "sed", "touch"}) {
            Path real = Path.of("/usr/bin", tool);
            assumeTrue(Files.exists(real), () -> real + " is missing");
            script(tool, "exec " + real + " \"$@\"");
        }
        script(
                "mvn",
                "echo \"mvn $*\" >>\"$LOG\"; mkdir -p cli/target/lib; touch cli/target/bottleneck4j-cli-1.jar cli/target/lib/a.jar");
        java("17.0.1");
    }

    private void java(String version) throws IOException {
        script(
                "java",
                "case \"$*\" in *-version*) echo \"    java.version = " + version
                        + "\" >&2; exit ;; esac; echo \"java $*\" >>\"$LOG\"; echo \"ran $*\"; exit 7");
    }

    private void script(String name, String body) throws IOException {
        Path file = tools.resolve(name);
        Files.writeString(file, "#!/bin/bash\n" + body + "\n");
        executable(file);
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result launch(Path launcher, String... args) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(BASH.toString(), launcher.toString());
        builder.command().addAll(List.of(args));
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("PATH", tools.toString());
        environment.put("LOG", folder.resolve("log").toString());
        environment.put("BOTTLENECK4J_OPTS", "-Xmx9g -Done=1");
        Process process = builder.directory(folder.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), out, err);
    }

    private Result launch() throws Exception {
        return launch(root.resolve("bin/bottleneck4j"), "generate", "a red fox");
    }

    private long builds() throws IOException {
        return Files.readString(folder.resolve("log"))
                .lines()
                .filter(line -> line.startsWith("mvn"))
                .count();
    }

    @Test
    void launch_firstUse_buildsThenRuns() throws Exception {
        Result result = launch();
        assertThat(result.err()).isEqualTo("bottleneck4j: building (first use, a few minutes)...\n");
        assertThat(result.code()).as("java's own exit code").isEqualTo(7);
        assertThat(result.out())
                .endsWith("io.bottleneck4j.cli.Main generate a red fox\n")
                .contains("-cp " + root + "/cli/target/bottleneck4j-cli-1.jar:" + root + "/cli/target/lib/a.jar ")
                .contains("-XX:+UseSerialGC")
                .contains("-Xmx9g -Done=1");
        assertThat(Files.readString(folder.resolve("log"))).contains("mvn -q -B -DskipTests -pl cli -am package");
    }

    @Test
    void launch_again_buildsOnlyAfterAChange() throws Exception {
        launch();
        assertThat(launch().err()).isEmpty();
        assertThat(builds()).isEqualTo(1);
        Files.setLastModifiedTime(
                root.resolve("cli/src/main/java/Main.java"), FileTime.fromMillis(System.currentTimeMillis() + 10_000));
        assertThat(launch().err()).contains("building");
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void launch_throughSymlinks_findsItsCheckout() throws Exception {
        Path direct = Files.createSymbolicLink(folder.resolve("one"), root.resolve("bin/bottleneck4j"));
        Path relative = Files.createSymbolicLink(folder.resolve("two"), Path.of("one"));
        assertThat(launch(direct, "x").out()).contains(root + "/cli/target/lib");
        assertThat(launch(relative, "x").out()).contains(root + "/cli/target/lib");
    }

    @Test
    void launch_failedBuild_stops() throws Exception {
        script("mvn", "echo boom; exit 1");
        Result result = launch();
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("boom\nbottleneck4j: the build failed, see above\n");
        assertThat(result.out()).isEmpty();
    }

    @Test
    void launch_withoutMaven_saysWhatToInstall() throws Exception {
        Files.delete(tools.resolve("mvn"));
        Result result = launch();
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("bottleneck4j: mvn is missing: install Maven 3.8 or newer to build bottleneck4j\n");
    }

    @Test
    void launch_withoutJava_saysWhatToInstall() throws Exception {
        Files.delete(tools.resolve("java"));
        Result result = launch();
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("bottleneck4j: java is missing: install a JDK 17 or newer, or set JAVA_HOME\n");
    }

    @Test
    void launch_oldJava_namesItsVersion() throws Exception {
        for (String version : new String[] {"1.8.0_402", "11.0.2", "16"}) {
            java(version);
            Result result = launch();
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.err())
                    .isEqualTo("bottleneck4j: java is version " + version
                            + ": install a JDK 17 or newer, or set JAVA_HOME\n");
        }
    }
}
