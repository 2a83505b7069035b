package io.bottleneck4j.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Not a test: measures a job on one and on two executors of one core each, and computes from what it measured how long more would take.
 * {@code benchmarks/spark ROWS STEPS} runs it.
 */
final class Scaling {
    private static final int PART_ROWS = 8;
    private static final int DRAWS = 50;
    private static final int[] EXECUTORS = {1, 2, 4, 8, 16, 32, 64, 128};

    private Scaling() {}

    /** A task that made pictures, in ms since 1970, and its processor's seconds. */
    private record Task(String executor, long launched, long finished, double cpu) {
        double took() {
            return (finished - launched) / 1e3;
        }
    }

    /**
     * What Spark wrote down of a job; times in seconds.
     *
     * @param executors until the last one was there, from when the application began
     * @param before from then until the first picture task: reading, counting, spreading the rows
     * @param after from the last task's end until the application's: committing, reading the counts
     * @param first what each executor's first task took of its processor more than the median one: libraries, model, warm-up
     * @param took of the other tasks, by the clock
     * @param cpu of the other tasks, of their one thread's processor: what they take on a machine that does nothing else
     */
    private record Measured(
            double all,
            double executors,
            double before,
            double after,
            List<Double> first,
            List<Double> took,
            List<Double> cpu) {
        double making() {
            return all - executors - before - after;
        }
    }

    public static void main(String[] args) throws Exception {
        int rows = Integer.parseInt(args[0]);
        int steps = Integer.parseInt(args[1]);
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        out.println(
                "executors  rows  seconds  executors up  before  making  after  rows/s making  first task more  median task, its cpu");
        List<Measured> measured = new ArrayList<>();
        for (int count : new int[] {1, 2}) {
            Measured one = measure(count, rows, steps);
            measured.add(one);
            out.println(String.format(
                    Locale.ROOT,
                    "%9d %5d %8.1f %13.1f %7.1f %7.1f %6.1f %14.2f %16.1f %12.2f %8.2f",
                    count,
                    rows,
                    one.all(),
                    one.executors(),
                    one.before(),
                    one.making(),
                    one.after(),
                    rows / one.making(),
                    mean(one.first()),
                    median(one.took()),
                    median(one.cpu())));
        }
        out.println();
        out.println(
                "simulated from the run on two, tasks as long as their processor's time, mean of " + DRAWS + " draws:");
        out.println("executors      rows  seconds  rows/s  of linear");
        Random random = new Random(7);
        for (int all : new int[] {rows, 10_000, 1_000_000}) {
            double alone = 0;
            for (int executors : EXECUTORS) {
                double seconds = 0;
                for (int i = 0; i < DRAWS; i++) {
                    seconds += simulated(measured.get(1), executors, all, random) / DRAWS;
                }
                alone = executors == 1 ? seconds : alone;
                out.println(String.format(
                        Locale.ROOT,
                        "%9d %9d %8.0f %7.2f %9.0f%%",
                        executors,
                        all,
                        seconds,
                        all / seconds,
                        100 * alone / seconds / executors));
            }
        }
    }

    /** Tasks go to whichever executor is free first, and take as long as one drawn from those measured. */
    private static double simulated(Measured by, int executors, int rows, Random random) {
        PriorityQueue<Double> free = new PriorityQueue<>();
        for (int i = 0; i < executors; i++) {
            free.add(by.first().get(random.nextInt(by.first().size())));
        }
        double last = 0;
        for (int task = 0; task < (rows + PART_ROWS - 1) / PART_ROWS; task++) {
            double end = free.remove() + by.cpu().get(random.nextInt(by.cpu().size()));
            free.add(end);
            last = Math.max(last, end);
        }
        return by.executors() + by.before() + last + by.after();
    }

    private static Measured measure(int count, int rows, int steps) throws Exception {
        Path folder = Files.createTempDirectory("bottleneck4j-scaling-");
        List<String> lines = new ArrayList<>(List.of("id,prompt"));
        for (int i = 0; i < rows; i++) {
            lines.add("row-" + i + ",animal number " + i);
        }
        Path csv = Files.write(folder.resolve("prompts.csv"), lines);
        Path events = Files.createDirectory(folder.resolve("events"));
        try (Cluster cluster = new Cluster(Files.createDirectory(folder.resolve("spark")))) {
            for (int i = 1; i <= count; i++) {
                cluster.worker("127.0.0." + i);
            }
            Process job = cluster.submit(
                    List.of(
                            "spark.eventLog.enabled=true",
                            "spark.eventLog.dir=" + events.toUri(),
                            "spark.eventLog.rolling.enabled=false",
                            "spark.eventLog.compress=false",
                            "spark.scheduler.minRegisteredResourcesRatio=1"),
                    List.of(
                            "--prompts",
                            csv.toString(),
                            "--out",
                            folder.resolve("made").toString(),
                            "--plan",
                            Local.plan(folder, steps),
                            "--part-rows",
                            String.valueOf(PART_ROWS)));
            if (job.waitFor() != 0) {
                throw new IOException(cluster.said(job));
            }
        }
        try (Stream<Path> logs = Files.walk(events)) {
            return read(logs.filter(Files::isRegularFile).findFirst().orElseThrow());
        }
    }

    private static Measured read(Path log) throws IOException {
        ObjectMapper json = new ObjectMapper();
        long begin = 0;
        long end = 0;
        long up = 0;
        TreeMap<Integer, List<Task>> stages = new TreeMap<>();
        for (String line : Files.readAllLines(log)) {
            JsonNode event = json.readTree(line);
            switch (event.path("Event").asText()) {
                case "SparkListenerApplicationStart" ->
                    begin = event.path("Timestamp").asLong();
                case "SparkListenerApplicationEnd" ->
                    end = event.path("Timestamp").asLong();
                case "SparkListenerExecutorAdded" ->
                    up = event.path("Timestamp").asLong();
                case "SparkListenerTaskEnd" -> {
                    JsonNode info = event.path("Task Info");
                    stages.computeIfAbsent(event.path("Stage ID").asInt(), it -> new ArrayList<>())
                            .add(new Task(
                                    info.path("Executor ID").asText(),
                                    info.path("Launch Time").asLong(),
                                    info.path("Finish Time").asLong(),
                                    event.at("/Task Metrics/Executor CPU Time").asLong() / 1e9));
                }
                default -> {}
            }
        }
        List<Task> making = stages.values().stream()
                .reduce((a, b) -> sum(a) >= sum(b) ? a : b)
                .orElseThrow();
        long first = making.stream().mapToLong(Task::launched).min().orElseThrow();
        long last = making.stream().mapToLong(Task::finished).max().orElseThrow();
        TreeMap<String, Task> firsts = new TreeMap<>();
        making.forEach(task -> firsts.merge(task.executor(), task, (a, b) -> a.launched() <= b.launched() ? a : b));
        List<Task> later =
                making.stream().filter(task -> !firsts.containsValue(task)).toList();
        List<Double> cpu = later.stream().map(Task::cpu).toList();
        return new Measured(
                (end - begin) / 1e3,
                (up - begin) / 1e3,
                (first - up) / 1e3,
                (end - last) / 1e3,
                firsts.values().stream().map(task -> task.cpu() - median(cpu)).toList(),
                later.stream().map(Task::took).toList(),
                cpu);
    }

    private static double sum(List<Task> tasks) {
        return tasks.stream().mapToDouble(Task::took).sum();
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(it -> it).average().orElseThrow();
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }
}
