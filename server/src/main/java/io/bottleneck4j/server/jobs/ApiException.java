package io.bottleneck4j.server.jobs;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bottleneck4j.core.sampling.NonFiniteLatentsException;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.models.vae.NonFinitePictureException;
import io.bottleneck4j.pipeline.FailureKind;
import io.bottleneck4j.pipeline.KeptLatentsException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a client is told when it does not get what it asked for: OpenAI's error, and the status of the answer. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final int MOST = 600;
    private static final Pattern PARAMETER = Pattern.compile("([a-z][a-z0-9_-]{0,40}): .*", Pattern.DOTALL);

    private final transient Body body;
    private final transient @Nullable Duration retryAfter;

    /**
     * OpenAI's error.
     *
     * @param status of the HTTP answer; not in its body
     * @param type as {@code invalid_request_error}
     * @param param the field to blame
     * @param code for programs
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Body(
            int status,
            String message,
            String type,
            @Nullable String param,
            @Nullable String code) {
        /** The error that says so. */
        public ApiException asException() {
            return new ApiException(this, null, null);
        }
    }

    private ApiException(Body body, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(body.message(), cause);
        this.body = body;
        this.retryAfter = retryAfter;
    }

    /** What is asked for cannot be done: 400, or another status of the client's. */
    public static ApiException request(int status, @Nullable String param, @Nullable String code, String message) {
        return new ApiException(new Body(status, cut(message, MOST), "invalid_request_error", param, code), null, null);
    }

    /** There is no such thing, or it is another client's. */
    public static ApiException notFound(String message) {
        return new ApiException(new Body(404, cut(message, MOST), "not_found_error", null, "not_found"), null, null);
    }

    /** Who asks is not known. */
    public static ApiException unauthorized(String message) {
        return new ApiException(new Body(401, message, "authentication_error", null, "invalid_api_key"), null, null);
    }

    /** Too much at once. */
    public static ApiException busy(String code, String message, Duration retryAfter) {
        return new ApiException(new Body(429, message, "rate_limit_error", null, code), retryAfter, null);
    }

    /** The server itself cannot. */
    public static ApiException server(int status, String code, String message, @Nullable Throwable cause) {
        Duration wait = status == 503 ? Duration.ofSeconds(10) : null;
        return new ApiException(new Body(status, cut(message, MOST), "server_error", null, code), wait, cause);
    }

    /**
     * What a failure is to a client. Messages about its request are told as they are; those about the server's own files are not.
     *
     * @param job to be found in the log by; null where there is none
     */
    public static ApiException of(Throwable failure, @Nullable String job) {
        Throwable cause = failure instanceof KeptLatentsException kept ? kept.failure() : failure;
        if (cause instanceof ApiException known) {
            return known;
        }
        FailureKind kind = FailureKind.of(cause);
        String message = inFields(WholeFile.message(cause));
        return switch (kind) {
            case USAGE -> {
                Matcher parameter = PARAMETER.matcher(message);
                String param = parameter.matches() ? parameter.group(1).replace('-', '_') : null;
                yield request(kind.httpStatus(), param, "invalid_value", message);
            }
            case DEVICE -> {
                String said = cause instanceof OutOfMemoryError
                        ? "memory: the server has too little for this; ask for a smaller size"
                        : message;
                yield server(kind.httpStatus(), "out_of_memory", said, cause);
            }
            case CANCELLED -> request(kind.httpStatus(), null, "cancelled", message);
            case WEIGHTS, OTHER -> ofServer(kind, cause, message, job);
        };
    }

    /** The library names options as the command line does. */
    private static String inFields(String message) {
        return message.replace("init-image", "image")
                .replace("true-cfg-scale-2", "true_cfg_scale_2")
                .replace("true-cfg-scale", "true_cfg_scale");
    }

    private static ApiException ofServer(FailureKind kind, Throwable cause, String message, @Nullable String job) {
        if (cause instanceof NonFiniteLatentsException || cause instanceof NonFinitePictureException) {
            return server(kind.httpStatus(), "not_finite", message, cause);
        }
        String where = job == null ? "" : " under " + job;
        return ofDisk(message, cause, "failed", "the server failed; its log says why" + where);
    }

    /** What could not be stored. */
    static ApiException ofStore(Exception failure) {
        return ofDisk(
                String.valueOf(failure.getMessage()),
                failure,
                "store_failed",
                "the server cannot store the job; its log says why");
    }

    /** A full disk, as the system or SQLite says it; else something else of the server's. */
    private static ApiException ofDisk(String message, Throwable cause, String code, String otherwise) {
        boolean isFull =
                Stream.of("No space left", "SQLITE_FULL", "disk is full").anyMatch(message::contains);
        return isFull
                ? server(507, "disk_full", "disk: the server's is full; tell its operator", cause)
                : server(FailureKind.OTHER.httpStatus(), code, otherwise, cause);
    }

    /** The beginning of a text. */
    static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most) + "...";
    }

    public Body body() {
        return body;
    }

    /** When to ask again; null where that would not help. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
