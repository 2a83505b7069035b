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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher script, in a checkout and in a release's folder of its own, with a {@code java} and a {@code mvn} that only tell
 * what they were asked.
 */
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
        Files.writeString(root.resolve("pom.xml"), "");
        Path source = root.resolve("cli/src/main/java/Main.java");
        Files.createDirectories(source.resolve(".."));
        Files.writeString(source, "class Main {}");
        tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : new String[] {
            "cksum", "dirname", "find", "flock", "mkdir", "mktemp", "mv", "readlink", "rm", "sed", "touch"
        }) {
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
                        + "\" >&2; exit ;; esac; echo \"java $*\" >>\"$LOG\"; for option; do case $option in "
                        + "-XX:ArchiveClassesAtExit=*) echo classes >\"${option#*=}\" ;; esac; done; "
                        + "echo \"ran $*\"; exit 7");
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
        return launch(Map.of(), launcher, args);
    }

    private Result launch(Map<String, String> more, Path launcher, String... args) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(BASH.toString(), launcher.toString());
        builder.command().addAll(List.of(args));
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("PATH", tools.toString());
        environment.put("LOG", folder.resolve("log").toString());
        environment.put("BOTTLENECK4J_OPTS", "-Xmx9g -Done=1");
        environment.putAll(more);
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
        assertThat(result.err()).isEqualTo("""
                        bottleneck4j: building (first use, a few minutes)...
                        bottleneck4j: preparing for faster starts (once, some seconds)...
                        """);
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
                .isEqualTo("bottleneck4j: mvn is missing: install Maven 3.8.7 or newer to build bottleneck4j\n");
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
                    .isEqualTo("bottleneck4j: " + tools.resolve("java") + " is of version " + version
                            + ": install a JDK 17 or newer, or set JAVA_HOME\n");
        }
    }

    @Test
    void launch_brokenJava_isNamed() throws Exception {
        script("java", "exit 1");
        assertThat(launch().err()).startsWith("bottleneck4j: " + tools.resolve("java") + " does not run:");
    }

    @Test
    void launch_wrongJavaHome_takesTheOneOfThePathAndSaysSo() throws Exception {
        Result result = launch(Map.of("JAVA_HOME", "/no/where"), release(), "x");
        assertThat(result.err()).startsWith("bottleneck4j: JAVA_HOME is /no/where, where there is no bin/java;");
        assertThat(result.code()).isEqualTo(7);
    }

    @Test
    void launch_collectorOfTheUser_isTheOnlyOne() throws Exception {
        Result result = launch(Map.of("JAVA_OPTS", "-Xmx1g -XX:+UseParallelGC -Dfiles=/*"), release(), "x");
        assertThat(result.out()).contains("-XX:+UseParallelGC -Dfiles=/* ").doesNotContain("SerialGC");
    }

    /** A release's folder, of which the launcher is returned. */
    private Path release() throws IOException {
        Path release = Files.createDirectories(folder.resolve("a release"));
        Files.createDirectories(release.resolve("bin"));
        Files.createDirectories(release.resolve("lib"));
        Files.writeString(release.resolve("lib/a.jar"), "");
        Files.writeString(release.resolve("lib/b.jar"), "");
        return Files.copy(root.resolve("bin/bottleneck4j"), release.resolve("bin/bottleneck4j"));
    }

    @Test
    void release_runsItsJars_withoutMaven() throws Exception {
        Files.delete(tools.resolve("mvn"));
        Path launcher = release();
        Result result = launch(launcher, "generate", "a  fox", "*");
        String lib = folder.resolve("a release/lib").toString();
        assertThat(result.code()).as("java's own exit code").isEqualTo(7);
        assertThat(result.out())
                .contains("-cp " + lib + "/a.jar:" + lib + "/b.jar ")
                .endsWith("io.bottleneck4j.cli.Main generate a  fox *\n");
        Path link = Files.createSymbolicLink(folder.resolve("link"), launcher);
        assertThat(launch(link, "x").out()).contains(lib + "/a.jar");
    }

    @Test
    void release_firstStart_preparesTheNextOnes() throws Exception {
        Path launcher = release();
        assertThat(launch(launcher, "x").err())
                .isEqualTo("bottleneck4j: preparing for faster starts (once, some seconds)...\n");
        Result second = launch(launcher, "x");
        assertThat(second.err()).isEmpty();
        assertThat(second.out()).contains("-XX:SharedArchiveFile=" + folder.resolve("a release/lib/bottleneck4j-"));
        java("21.0.1");
        assertThat(launch(launcher, "x").err()).as("another JDK").contains("preparing");
        try (Stream<Path> left = Files.list(folder.resolve("a release/lib"))) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .as("two jars, an archive for each JDK and nothing else")
                    .hasSize(4)
                    .allMatch(name -> name.endsWith(".jar") || name.endsWith(".jsa"));
        }
    }

    @Test
    void release_damagedArchive_isMadeAgain() throws Exception {
        Path launcher = release();
        launch(launcher, "x");
        Path archive;
        try (Stream<Path> files = Files.list(folder.resolve("a release/lib"))) {
            archive = files.filter(file -> file.toString().endsWith(".jsa"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] whole = Files.readAllBytes(archive);
        Files.writeString(archive, "c");
        Result result = launch(launcher, "x");
        assertThat(result.err()).contains("preparing");
        assertThat(result.out()).contains("-XX:SharedArchiveFile=" + archive + " ");
        assertThat(archive).hasBinaryContent(whole);
    }

    @Test
    void release_noArchiveComesOut_isNotTriedAgain() throws Exception {
        Path launcher = release();
        script("mktemp", "exit 1");
        Result nowhere = launch(launcher, "x");
        assertThat(nowhere.code()).isEqualTo(7);
        assertThat(nowhere.out()).doesNotContain("SharedArchiveFile");
        script("mktemp", "exec /usr/bin/mktemp \"$@\"");
        script(
                "java",
                "case \"$*\" in *-version*) echo '    java.version = 17.0.1' >&2; exit ;; esac; echo \"ran $*\"");
        assertThat(launch(launcher, "x").err()).contains("preparing");
        Result again = launch(launcher, "x");
        assertThat(again.err()).isEmpty();
        assertThat(again.out()).doesNotContain("SharedArchiveFile");
    }

    @Test
    void release_withoutItsJars_saysSo() throws Exception {
        Path launcher = release();
        Files.delete(folder.resolve("a release/lib/a.jar"));
        Files.delete(folder.resolve("a release/lib/b.jar"));
        Result result = launch(launcher, "x");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("bottleneck4j: " + folder.resolve("a release")
                        + ": its jars are missing; unpack the whole release again\n");
    }
}
