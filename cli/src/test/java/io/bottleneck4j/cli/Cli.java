package io.bottleneck4j.cli;

import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.pipeline.Cancellation;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs commands in this process, with streams caught. */
final class Cli {
    static final Path FOLDERS = Path.of("..", "models", "src", "test", "resources", "golden", "folders");
    static final Path TINY = FOLDERS.resolve("tiny-a");

    private Cli() {}

    /** What a command returned and printed. */
    record Result(int code, String out, String err) {
        /** The one line a failure is told in. */
        List<String> errLines() {
            return err.lines().toList();
        }
    }

    static Result run(Object... args) {
        return run(new Cancellation(), Map.of("HF_HUB_CACHE", "/no/such/cache"), args);
    }

    static Result run(Cancellation cancellation, Map<String, String> environment, Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Path home = Path.of("target", "home").toAbsolutePath();
        Surroundings surroundings = new Surroundings(environment, home, false, cancellation);
        String[] words = Stream.of(args).map(String::valueOf).toArray(String[]::new);
        int code = Main.run(surroundings, new PrintWriter(out, true), new PrintWriter(err, true), words);
        return new Result(code, out.toString(), err.toString());
    }

    /** A copy of the tiny model, to be broken. */
    static Path copyOfTiny(Path folder) {
        Path copy = folder.resolve("model");
        try (Stream<Path> files = Files.walk(TINY)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(TINY.relativize(file).toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return copy;
    }

    /**
     * The words that start the program in a process of its own.
     *
     * @param options of Java
     * @param words of the program
     */
    static List<String> command(List<String> options, List<String> words) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path", ""), Main.class.getName()));
        command.addAll(words);
        return command;
    }

    static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
