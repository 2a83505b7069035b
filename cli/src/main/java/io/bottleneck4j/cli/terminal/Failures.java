package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.KeptLatentsException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Failures as one line each on stderr; the stack trace only with {@code --verbose}. */
public final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final BooleanSupplier verbose;

    public Failures(BooleanSupplier verbose) {
        this.verbose = verbose;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        tell(failure.getCause() instanceof Word.NoSuchWordException word ? message(word) : kind(failure), failure, err);
        UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        return handle(failure, command.getErr());
    }

    public int handle(Throwable failure, PrintWriter err) {
        tell(message(failure), failure, err);
        return ExitCode.of(failure);
    }

    /** The message in the words of people who write no Java. */
    private static String kind(ParameterException failure) {
        return message(failure)
                .replaceFirst("' is not an? (int|long)$", "' is not a whole number")
                .replaceFirst("' is not a (double|float)$", "' is not a number; decimals follow a point, as in 3.5");
    }

    private void tell(String message, Throwable failure, PrintWriter err) {
        err.println("bottleneck4j: " + message);
        if (verbose.getAsBoolean()) {
            failure.printStackTrace(err);
        }
        err.flush();
    }

    /** What to say; Java's own exceptions often leave out what happened. */
    public static String message(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            return "out of memory (" + failure.getMessage() + "); use a smaller size, or give Java more with"
                    + " BOTTLENECK4J_OPTS=-Xmx4g";
        }
        if (failure instanceof LinkageError) {
            return "a native library cannot be loaded on this platform: " + failure.getMessage()
                    + "; build with the Maven profile of the platform, as -P macosx-arm64, which takes"
                    + " bottleneck4j-natives-macosx-arm64 along";
        }
        if (failure instanceof KeptLatentsException kept) {
            return message(kept.failure()) + System.lineSeparator() + "bottleneck4j: the denoised latents are kept in "
                    + kept.latents() + "; decode them with: bottleneck4j decode " + quoted(kept.latents())
                    + " -o " + quoted(kept.output());
        }
        return WholeFile.message(failure);
    }

    /** A path in a command that is to be copied into a shell. */
    public static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[\\w./+,@%:=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
