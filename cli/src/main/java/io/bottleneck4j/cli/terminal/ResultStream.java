package io.bottleneck4j.cli.terminal;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Standard output, which remembers why it could not be written: a {@link java.io.PrintWriter} would lose the result without a word. */
public final class ResultStream extends FilterOutputStream {
    private @Nullable IOException failure;

    public ResultStream(OutputStream out) {
        super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        try {
            out.write(bytes, from, count);
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    /** Why it could not be written; null if it was, or if the reader closed the pipe, who then has what he wanted. */
    @Nullable
    public String failure() {
        String reason = failure == null ? null : String.valueOf(failure.getMessage());
        return reason == null || reason.contains("Broken pipe") ? null : reason;
    }
}
