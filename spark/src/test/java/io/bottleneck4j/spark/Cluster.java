package io.bottleneck4j.spark;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * A standalone cluster of Spark on this machine: a master, workers of one core each, and jobs by spark-submit, each a process. Spark's jars
 * are where its release has them; ours are sent along with the job, as users send them.
 */
final class Cluster implements AutoCloseable {
    /** Libraries that are no part of Spark's release, but of ours, which a build of all modules takes from where it made them. */
    private static final Pattern OURS = Pattern.compile(
            ".*/((org/bytedeco|ai/djl|info/picocli|net/java/dev/jna)/.*|bottleneck4j-[^/]*\\.jar|target/classes)");

    /** Most of Spark's code never earns the second compiler's time in runs of a minute. */
    private static final String QUICK = "-XX:TieredStopAtLevel=1";

    private final Path home;
    private final Path jars;
    private final Path app;
    private final List<Path> sent = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private final String master;
    private int logs;

    /** Starts a master. */
    Cluster(Path home) throws IOException {
        this.home = home;
        jars = Files.createDirectories(home.resolve("jars"));
        app = home.resolve("bottleneck4j-spark.jar");
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (OURS.matcher(entry).matches()) {
                if (Files.exists(path.resolve(BatchJob.class.getName().replace('.', '/') + ".class"))) {
                    pack(path, app);
                } else if (Files.isDirectory(path)) {
                    sent.add(pack(path, home.resolve("bottleneck4j-" + sent.size() + ".jar")));
                } else {
                    sent.add(path);
                }
            } else if (Files.isRegularFile(path) && !entry.matches(".*/(junit|archunit|assertj|surefire)[^/]*")) {
                Files.createSymbolicLink(jars.resolve(path.getFileName()), path);
            }
        }
        Files.writeString(home.resolve("log4j2.properties"), """
                rootLogger.level = info
                rootLogger.appenderRef.stderr.ref = stderr
                appender.stderr.type = Console
                appender.stderr.name = stderr
                appender.stderr.target = SYSTEM_ERR
                appender.stderr.layout.type = PatternLayout
                appender.stderr.layout.pattern = %d %p %c{1}: %m%n%ex
                """);
        Process started = start(
                "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0");
        master = await(started, Pattern.compile("Starting Spark master at (spark://\\S+)"));
    }

    private static Path pack(Path classes, Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                Files.copy(file, entries);
                entries.closeEntry();
            }
        }
        return jar;
    }

    private Path log(Process process) {
        return home.resolve("log-" + processes.indexOf(process) + ".txt");
    }

    String said(Process process) throws IOException {
        return Files.readString(log(process));
    }

    /** Waits until a process says something. */
    private String await(Process process, Pattern words) throws IOException {
        while (true) {
            Matcher found = words.matcher(said(process));
            if (found.find()) {
                return found.group(1);
            }
            if (!process.isAlive()) {
                throw new IOException(said(process));
            }
            pause();
        }
    }

    static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Process start(String main, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                QUICK,
                "-cp",
                jars + "/*"));
        command.add("-Dlog4j2.configurationFile=" + home.resolve("log4j2.properties"));
        command.addAll(opens());
        command.add(main);
        command.addAll(Arrays.asList(args));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log-" + logs++ + ".txt").toFile());
        builder.environment().put("SPARK_HOME", home.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13"); // as its start scripts do
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment()
                .put(
                        "SPARK_LOCAL_DIRS",
                        Files.createDirectories(home.resolve("local")).toString());
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    /** What this process was given of what Spark reaches into. */
    private static List<String> opens() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(it -> it.startsWith("--add-"))
                .toList();
    }

    /** Starts a worker of one core. */
    Process worker(String address) throws IOException {
        Process worker = start(
                "org.apache.spark.deploy.worker.Worker",
                "--host",
                address,
                "--cores",
                "1",
                "--memory",
                "1g",
                "--webui-port",
                "0",
                "--work-dir",
                Files.createDirectories(home.resolve("work-" + address)).toString(),
                master);
        await(worker, Pattern.compile("(Successfully registered with master)"));
        return worker;
    }

    /** Submits {@link BatchJob}. */
    Process submit(List<String> conf, List<String> args) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "--master",
                master,
                "--class",
                BatchJob.class.getName(),
                "--jars",
                String.join(",", sent.stream().map(Path::toString).toList()),
                "--conf",
                "spark.executor.extraJavaOptions=" + QUICK,
                "--driver-memory",
                "512m",
                "--executor-memory",
                "768m"));
        for (String setting : conf) {
            all.addAll(List.of("--conf", setting));
        }
        all.add(app.toString());
        all.addAll(args);
        return start("org.apache.spark.deploy.SparkSubmit", all.toArray(String[]::new));
    }

    /** The executors of a worker. */
    static List<ProcessHandle> executors(Process worker) {
        return worker.descendants().toList();
    }

    /** Ends a worker and its executors at once, as a machine that loses its power. */
    static void kill(Process worker) {
        List<ProcessHandle> executors = executors(worker);
        worker.destroyForcibly();
        executors.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() {
        List<ProcessHandle> all = new ArrayList<>();
        for (Process process : processes) {
            all.addAll(process.descendants().toList());
            all.add(process.toHandle());
        }
        all.forEach(ProcessHandle::destroyForcibly);
        for (Process process : processes) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UncheckedIOException(new IOException(e));
            }
        }
    }
}
