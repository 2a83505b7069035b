package io.bottleneck4j.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Failures as one line each on stderr; the stack trace only with {@code --verbose}. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final Main main;

    Failures(Main main) {
        this.main = main;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        tell(failure, err);
        UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        return handle(failure, command.getErr());
    }

    int handle(Throwable failure, PrintWriter err) {
        tell(failure, err);
        return ExitCode.of(failure);
    }

    private void tell(Throwable failure, PrintWriter err) {
        err.println("bottleneck4j: " + message(failure));
        if (main.verbose) {
            failure.printStackTrace(err);
        }
        err.flush();
    }

    /** What to say; Java's own exceptions often leave out what happened. */
    static String message(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            return "out of memory (" + failure.getMessage() + "); use a smaller size, or give Java more with"
                    + " BOTTLENECK4J_OPTS=-Xmx4g";
        }
        if (failure instanceof LinkageError) {
            return "a native library cannot be loaded on this platform: " + failure.getMessage()
                    + "; build with the Maven profile of the platform, as -P macosx-arm64, which takes"
                    + " bottleneck4j-natives-macosx-arm64 along";
        }
        if (failure instanceof NoSuchFileException missing) {
            return missing.getFile() + ": does not exist";
        }
        if (failure instanceof AccessDeniedException denied) {
            return denied.getFile() + ": no permission";
        }
        if (failure instanceof FileAlreadyExistsException taken) {
            return taken.getFile() + ": is a file";
        }
        if (failure instanceof FileSystemException file) {
            return file.getFile() + ": " + (file.getReason() == null ? kind(failure) : file.getReason());
        }
        return failure.getMessage() == null ? kind(failure) : failure.getMessage();
    }

    private static String kind(Throwable failure) {
        return failure.getClass().getSimpleName();
    }
}
