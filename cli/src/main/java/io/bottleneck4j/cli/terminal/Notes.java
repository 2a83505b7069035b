package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.pipeline.JobListener;
import java.io.PrintWriter;

/** Words to the user on stderr that are not the result. */
public record Notes(PrintWriter err) implements JobListener {
    @Override
    public void note(String text) {
        tell("note: " + text);
    }

    @Override
    public void warning(String text) {
        tell("warning: " + text);
    }

    private void tell(String text) {
        err.println("bottleneck4j: " + text);
        err.flush();
    }
}
