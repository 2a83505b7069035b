package io.bottleneck4j.cli;

import io.bottleneck4j.bundle.Bundle;
import io.bottleneck4j.cli.batch.BatchCommand;
import io.bottleneck4j.cli.compare.ComparisonCommand.AblateCommand;
import io.bottleneck4j.cli.compare.ComparisonCommand.CompareCommand;
import io.bottleneck4j.cli.evaluate.BenchmarkCommand;
import io.bottleneck4j.cli.evaluate.EvaluateCommand;
import io.bottleneck4j.cli.evaluate.EvaluateCommand.CheckCommand;
import io.bottleneck4j.cli.evaluate.EvaluateCommand.ReportCommand;
import io.bottleneck4j.cli.evaluate.EvaluateCommand.VBenchCommand;
import io.bottleneck4j.cli.evaluate.ScoreCommand;
import io.bottleneck4j.cli.evaluate.StudyCommand;
import io.bottleneck4j.cli.evaluate.StudyCommand.StudyReportCommand;
import io.bottleneck4j.cli.generate.DecodeCommand;
import io.bottleneck4j.cli.generate.GenerateCommand;
import io.bottleneck4j.cli.inspect.EnvCommand;
import io.bottleneck4j.cli.inspect.InspectCommand;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.plan.DpCacheCommand;
import io.bottleneck4j.cli.plan.PlanCommand;
import io.bottleneck4j.cli.plan.PresetsCommand;
import io.bottleneck4j.cli.plan.TuneCommand;
import io.bottleneck4j.cli.pull.PullCommand;
import io.bottleneck4j.cli.quantize.QuantizeCommand;
import io.bottleneck4j.cli.serve.ServeCommand;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Failures;
import io.bottleneck4j.cli.terminal.ResultStream;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.PropertyResourceBundle;
import java.util.ResourceBundle;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program: picks a command, runs it, and turns its failure into a message and an exit code. */
@Command(name = "bottleneck4j", versionProvider = Main.Version.class, synopsisSubcommandLabel = "COMMAND")
public final class Main implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--verbose", scope = ScopeType.INHERIT)
    boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT)
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true)
    boolean version;

    /** This program's version, as the build stated it. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"bottleneck4j " + Settings.version()};
        }
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    /** In the order of help. */
    static final List<String> COMMANDS = List.of(
            "generate",
            "batch",
            "decode",
            "plan",
            "tune",
            "dpcache",
            "presets",
            "compare",
            "ablate",
            "evaluate",
            "serve",
            "pull",
            "quantize",
            "inspect",
            "env",
            "completion");

    static Object command(String name, Surroundings surroundings) {
        return switch (name) {
            case "generate" -> new GenerateCommand(surroundings);
            case "batch" -> new BatchCommand(surroundings);
            case "decode" -> new DecodeCommand(surroundings);
            case "plan" -> new PlanCommand(surroundings);
            case "tune" -> new TuneCommand(surroundings);
            case "dpcache" -> new DpCacheCommand(surroundings);
            case "presets" -> new PresetsCommand(surroundings);
            case "compare" -> new CompareCommand(surroundings);
            case "ablate" -> new AblateCommand(surroundings);
            case "evaluate" ->
                new CommandLine(new EvaluateCommand())
                        .addSubcommand(new BenchmarkCommand(surroundings))
                        .addSubcommand(new CheckCommand())
                        .addSubcommand(new ScoreCommand(surroundings))
                        .addSubcommand(new ReportCommand())
                        .addSubcommand(new StudyCommand())
                        .addSubcommand(new StudyReportCommand())
                        .addSubcommand(new VBenchCommand());
            case "serve" -> new ServeCommand(surroundings);
            case "pull" -> new PullCommand(surroundings);
            case "quantize" -> new QuantizeCommand(surroundings);
            case "inspect" -> new InspectCommand(surroundings);
            case "env" -> new EnvCommand(surroundings);
            case "completion" -> new CompletionCommand();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The command that is asked for: the first word, as options before it take no values; empty if there is none. */
    private static String called(String... args) {
        for (String arg : args) {
            if (!arg.startsWith("-")) {
                return arg;
            }
        }
        return "";
    }

    /** Runs a command and returns its exit code. */
    static int run(Surroundings surroundings, PrintWriter out, PrintWriter err, String... args) {
        Main main = new Main();
        Failures failures = new Failures(() -> main.verbose);
        CommandLine line = commands(main, surroundings, called(args))
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures);
        try {
            return line.execute(args);
        } catch (OutOfMemoryError | LinkageError e) {
            return failures.handle(e, err);
        } finally {
            out.flush();
            err.flush();
        }
    }

    /**
     * The commands, as help and the reference show them. Reading a command's options takes longer than all else of a start: it is done for the
     * one that is called, and for all where {@code completion} is, which prints all; of the others help shows a sentence.
     */
    static CommandLine commands(Main main, Surroundings surroundings, String called) {
        CommandLine line = new CommandLine(main);
        for (String name : COMMANDS) {
            boolean wanted = called.equals(name) || called.equals("completion");
            line.addSubcommand(name, wanted ? command(name, surroundings) : CommandSpec.create());
        }
        line.setResourceBundle(help())
                .setUsageHelpWidth(80)
                .setExpandAtFiles(false) // a prompt may begin with @
                .setCaseInsensitiveEnumValuesAllowed(true);
        line.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec()
                        .usageMessage()
                        .exitCodeListHeading("%nExit codes:%n")
                        .exitCodeList(ExitCode.MEANINGS));
        return line;
    }

    /** What help says, by command and option; read directly, as a search by languages takes longer than all else of it. */
    private static ResourceBundle help() {
        try (InputStream in = Objects.requireNonNull(Main.class.getResourceAsStream("help.properties"))) {
            return new PropertyResourceBundle(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("help.properties: cannot be read; is the program's jar whole?", e);
        }
    }

    /** Starts the program. */
    public static void main(String[] args) {
        System.setProperty("user.home", Bundle.home(System.getenv()).toString()); // the native libraries ask for it too
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT); // digits and points that other programs read
        Thread natives = NativeStart.inBackground(args);
        Cancellation cancellation = new Cancellation();
        InterruptHook hook = new InterruptHook(cancellation);
        Runtime.getRuntime().addShutdownHook(new Thread(hook::onShutdown, "cancel"));
        ResultStream results = new ResultStream(new FileOutputStream(FileDescriptor.out));
        PrintWriter err = utf8(new FileOutputStream(FileDescriptor.err));
        String unread = unread(System.getProperty("sun.jnu.encoding", ""), args);
        int code;
        if (unread == null) {
            code = run(Surroundings.ofProcess(cancellation), utf8(results), err, args);
        } else {
            err.println("bottleneck4j: " + unread);
            code = ExitCode.USAGE;
        }
        String lost = results.failure();
        if (lost != null) {
            err.println("bottleneck4j: standard output: cannot be written: " + lost
                    + "; the result is lost, files that were written stay");
            code = code == ExitCode.OK ? ExitCode.OTHER : code;
        }
        hook.finish();
        try {
            natives.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.exit(code);
    }

    /**
     * What to say of arguments that Java could not decode: it does so by the locale, and has a mark for what that lacks. Null if there are
     * none.
     */
    static @Nullable String unread(String encoding, String... args) {
        for (String arg : args) {
            if (arg.indexOf('\uFFFD') >= 0 && !encoding.equalsIgnoreCase("UTF-8")) {
                return "arguments: the locale has no characters beyond " + encoding + ", as in '" + Excerpt.of(arg, 60)
                        + "'; set LC_ALL=C.UTF-8";
            }
        }
        return null;
    }

    /** Prompts and paths may hold any script; UTF-8 is what programs that read our output expect. */
    private static PrintWriter utf8(OutputStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }
}
