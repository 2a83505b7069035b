package io.bottleneck4j.benchmarks;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Prompts;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Processors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How denoising fares beside others: alone, beside a process that keeps one processor busy, two of ours at once, and within a quota of
 * processor time where this process may make a control group. Each with OpenMP's threads as we have them wait, always spinning (as
 * libtorch does of itself) and always sleeping. One line of JSON for each: seconds for 20 plain steps, as a multiple of the time alone, and
 * as a multiple of what a fair share of the processors would take.
 *
 * <p>Arguments: model folder, seconds for each case.
 */
public final class NeighbourBenchmark {
    private static final int STEPS = 20;
    private static final int WARM_UPS = 4;
    private static final Path GROUPS = Path.of("/sys/fs/cgroup/cpu");
    private static final int PERIOD = 100_000; // µs

    private NeighbourBenchmark() {}

    /** How OpenMP's threads wait, by a variable of the environment. */
    private enum Waiting {
        OURS("", ""),
        SPINNING("GOMP_SPINCOUNT", "300000"),
        SLEEPING("OMP_WAIT_POLICY", "passive");

        private final String variable;
        private final String value;

        Waiting(String variable, String value) {
            this.variable = variable;
            this.value = value;
        }

        Map<String, String> environment() {
            return variable.isEmpty() ? Map.of() : Map.of(variable, value);
        }
    }

    /**
     * What runs beside.
     *
     * @param fair time on a fair share of the processors, as a multiple of the time alone
     * @param quota processors' time that all of it may take; 0 is no limit
     */
    private record Case(String name, int ours, int busy, double quota, double fair) {}

    private static List<Case> cases() {
        double cores = Processors.cores();
        List<Case> all = new ArrayList<>(List.of(
                new Case("alone", 1, 0, 0, 1),
                new Case("one busy process", 1, 1, 0, (cores + 1) / cores),
                new Case("two of ours", 2, 0, 0, 2)));
        if (Files.isWritable(GROUPS)) {
            all.add(new Case("quota 1.5", 1, 0, 1.5, cores / 1.5));
            all.add(new Case("quota 1.0", 1, 0, 1, cores));
        }
        return all;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        switch (args[0]) {
            case "busy" -> spin();
            case "child" -> child(Path.of(args[1]), DType.valueOf(args[2]), Double.parseDouble(args[3]));
            default -> {
                for (DType dtype : new DType[] {DType.FLOAT32, DType.BFLOAT16}) {
                    measure(args, dtype);
                }
            }
        }
    }

    @SuppressWarnings("InfiniteLoopStatement")
    private static void spin() {
        while (true) {
            Thread.onSpinWait();
        }
    }

    private static void measure(String[] args, DType dtype) throws IOException, InterruptedException {
        double alone = 0;
        for (Case now : cases()) {
            for (Waiting waiting : Waiting.values()) {
                double seconds = run(now, waiting, args[0], dtype, args[1]);
                alone = alone == 0 ? seconds : alone;
                System.out.printf(
                        Locale.ROOT,
                        "{\"dtype\": \"%s\", \"case\": \"%s\", \"waiting\": \"%s\", \"seconds\": %.3f, \"of_alone\": %.2f,"
                                + " \"of_fair\": %.2f}%n",
                        dtype,
                        now.name(),
                        waiting.name().toLowerCase(Locale.ROOT),
                        seconds,
                        seconds / alone,
                        seconds / alone / now.fair());
            }
        }
    }

    /** The mean of the children's medians. */
    private static double run(Case now, Waiting waiting, String model, DType dtype, String seconds)
            throws IOException, InterruptedException {
        List<Process> busy = new ArrayList<>();
        List<Process> ours = new ArrayList<>();
        @Nullable Path group = now.quota() == 0 ? null : group(now.quota());
        try {
            for (int i = 0; i < now.busy(); i++) {
                busy.add(start(Map.of(), null, "busy"));
            }
            for (int i = 0; i < now.ours(); i++) {
                ours.add(start(waiting.environment(), group, "child", model, dtype.name(), seconds));
            }
            double sum = 0;
            for (Process process : ours) {
                try (BufferedReader reader =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                    sum += Double.parseDouble(String.valueOf(reader.readLine()));
                }
            }
            return sum / ours.size();
        } finally {
            busy.forEach(Process::destroy);
            ours.forEach(Process::destroy);
            if (group != null) {
                for (Process process : ours) {
                    process.waitFor();
                }
                Files.deleteIfExists(group);
            }
        }
    }

    private static Path group(double quota) throws IOException {
        Path group = Files.createDirectories(GROUPS.resolve("bottleneck4j-benchmark"));
        Files.writeString(group.resolve("cpu.cfs_period_us"), Integer.toString(PERIOD));
        Files.writeString(group.resolve("cpu.cfs_quota_us"), Long.toString(Math.round(quota * PERIOD)));
        return group;
    }

    private static Process start(Map<String, String> environment, @Nullable Path group, String... args)
            throws IOException {
        List<String> java = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NeighbourBenchmark.class.getName());
        List<String> command = new ArrayList<>();
        if (group != null) { // in the group from its first instruction on, so that Java sees the quota
            command.addAll(List.of(
                    "sh",
                    "-c",
                    "echo $$ > \"$0\" && exec \"$@\"",
                    group.resolve("tasks").toString()));
        }
        command.addAll(java);
        command.addAll(Arrays.asList(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeAll(List.of("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Denoises again and again for some seconds, and prints the median time of once. */
    private static void child(Path folder, DType dtype, double seconds) {
        Model model = Model.open(folder);
        try (Pipeline pipeline = model.pipeline(new Execution(Device.CPU, dtype))) {
            Request request = model.request("a red fox on a blue background")
                    .plan(model.planner().baseline(Planner.Size.DEFAULT, OptionalInt.of(STEPS), OptionalDouble.empty()))
                    .build();
            Prompts prompts = pipeline.encode(request);
            List<Double> times = new ArrayList<>();
            long begin = System.nanoTime();
            for (int i = -WARM_UPS; i <= 0 || System.nanoTime() - begin < seconds * 1e9; i++) {
                long start = System.nanoTime();
                pipeline.denoise(request, prompts);
                if (i >= 0) {
                    times.add((System.nanoTime() - start) / 1e9);
                }
            }
            System.out.println(times.stream().sorted().toList().get(times.size() / 2));
            System.out.flush();
        }
    }
}
