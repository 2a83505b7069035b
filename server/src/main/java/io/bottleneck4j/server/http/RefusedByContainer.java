package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/** OpenAI's error in place of the container's page, where a request is so damaged that no servlet is asked. Public, as Tomcat makes it. */
public final class RefusedByContainer extends ErrorReportValve {
    @Override
    protected void report(Request in, Response out, @Nullable Throwable failure) {
        int status = out.getStatus();
        if (status < 400 || out.getContentWritten() > 0 || !out.setErrorReported()) {
            return;
        }
        try {
            Answers.error(out, ApiException.request(status, null, "invalid_request", "the request cannot be read"));
            out.finishResponse();
        } catch (IOException | IllegalStateException e) {
            // the client is gone, or is told already
        }
    }
}
