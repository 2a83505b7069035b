package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.jobs.JobRecord;
import io.bottleneck4j.server.jobs.Jobs;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Sends the file of a job. */
final class Contents {
    private Contents() {}

    static void send(Jobs jobs, JobRecord record, HttpServletRequest in, HttpServletResponse out) throws IOException {
        Path file = jobs.file(record, variant(in.getParameter("variant")));
        JobRecord.Outcome result = record.result();
        try {
            out.setContentLengthLong(Files.size(file));
            if (result != null) {
                out.setContentType(result.mediaType());
            }
            out.setHeader("Content-Disposition", "inline; filename=\"" + record.id() + "-" + file.getFileName() + "\"");
            Files.copy(file, out.getOutputStream());
        } catch (NoSuchFileException e) {
            throw ApiException.notFound(record.id() + ": its file is gone");
        }
    }

    private static int variant(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        if (!text.matches("\\d{1,6}")) {
            throw ApiException.request(
                    400, "variant", "invalid_value", "variant: must be the number of a picture, from 0");
        }
        return Integer.parseInt(text);
    }
}
