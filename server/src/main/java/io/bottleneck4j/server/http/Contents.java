package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.jobs.JobRecord;
import io.bottleneck4j.server.jobs.Jobs;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends the file of a job. */
final class Contents {
    private Contents() {}

    static void send(Jobs jobs, JobRecord record, HttpServletRequest in, HttpServletResponse out) throws IOException {
        Path file = jobs.file(record, variant(in.getParameter("variant")));
        JobRecord.Outcome result = record.result();
        try {
            Part part = Part.of(in, Files.size(file), out);
            if (result != null) {
                out.setContentType(result.mediaType());
            }
            out.setHeader("Content-Disposition", "inline; filename=\"" + record.id() + "-" + file.getFileName() + "\"");
            part.send(file, out);
        } catch (NoSuchFileException e) {
            throw ApiException.notFound(record.id() + ": its file is gone");
        }
    }

    /**
     * What of a file is sent: all, or the one part that the header Range asks for. Safari plays no video without. Several parts, and a part
     * of what might have changed since, are asked for in vain, and all is sent.
     *
     * <p>Source: RFC 9110, 14.
     */
    private record Part(long first, long length) {
        private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

        static Part of(HttpServletRequest in, long size, HttpServletResponse out) {
            out.setHeader("Accept-Ranges", "bytes");
            Matcher range = RANGE.matcher(Objects.requireNonNullElse(in.getHeader("Range"), ""));
            boolean asked = range.matches() && in.getMethod().equals("GET") && in.getHeader("If-Range") == null;
            if (!asked || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
                return new Part(0, size);
            }
            long last = range.group(2).isEmpty() ? size - 1 : Long.parseLong(range.group(2));
            boolean fromEnd = range.group(1).isEmpty();
            long first = fromEnd ? Math.max(0, size - last) : Long.parseLong(range.group(1));
            last = fromEnd ? size - 1 : Math.min(last, size - 1);
            if (!fromEnd && !range.group(2).isEmpty() && Long.parseLong(range.group(2)) < first) {
                return new Part(0, size); // no range, by its grammar
            }
            if (first > last) {
                out.setHeader("Content-Range", "bytes */" + size);
                throw ApiException.request(
                        416, "Range", "invalid_value", "Range: the file has " + size + " bytes, and none of these");
            }
            out.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
            out.setHeader("Content-Range", "bytes " + first + "-" + last + "/" + size);
            return new Part(first, last - first + 1);
        }

        void send(Path file, HttpServletResponse out) throws IOException {
            out.setContentLengthLong(length);
            try (FileChannel from = FileChannel.open(file);
                    WritableByteChannel to = Channels.newChannel(out.getOutputStream())) {
                for (long sent = 0; sent < length; ) {
                    long more = from.transferTo(first + sent, length - sent, to);
                    if (more <= 0) {
                        throw new EOFException(file + ": became shorter while it was sent");
                    }
                    sent += more;
                }
            }
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
