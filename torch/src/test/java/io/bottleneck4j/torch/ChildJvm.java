package io.bottleneck4j.torch;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Java of its own, with nothing set by flags but what a test sets. */
final class ChildJvm {
    private ChildJvm() {}

    /** What it printed on both streams, and its exit code. */
    record Result(int code, String out) {}

    /**
     * Runs a class.
     *
     * @param environment variables beside this process's own
     * @param words options of Java and the class's name
     */
    static Result run(String classPath, Map<String, String> environment, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(), "-cp", classPath));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("OMP_NUM_THREADS", "RUST_FLAVOR"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("it does not end: " + out);
        }
        return new Result(process.exitValue(), out);
    }
}
