package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.settings.ServerSettings;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.catalina.connector.ClientAbortException;
import org.apache.coyote.BadRequestException;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.apache.tomcat.util.http.fileupload.FileUploadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.converter.HttpMessageConversionException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;

/** Every failure as OpenAI's error. */
@RestControllerAdvice
@RestController
class Errors implements ErrorController {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);

    /** The request itself is damaged: its chunks, parameters or parts. */
    private static final Set<Class<? extends Throwable>> UNREADABLE = Set.of(
            BadRequestException.class,
            InvalidParameterException.class,
            FileUploadException.class,
            HttpMessageConversionException.class);

    /** What the container says of a path that is none. */
    private static final Set<Class<? extends Throwable>> NO_PATH = Set.of(IllegalArgumentException.class);

    private final ServerSettings settings;

    Errors(ServerSettings settings) {
        this.settings = settings;
    }

    @ExceptionHandler
    void told(ApiException e, HttpServletResponse out) throws IOException {
        send(out, e);
    }

    @ExceptionHandler
    void gone(ClientAbortException e) {
        // nobody is there to be told
    }

    @ExceptionHandler
    void badForm(MultipartException e, HttpServletResponse out) throws IOException {
        boolean large = e instanceof MaxUploadSizeExceededException
                || String.valueOf(e.getMessage()).contains("exceed");
        send(
                out,
                large
                        ? Bodies.tooLarge(settings.bodyBytes())
                        : ApiException.request(400, null, "invalid_form", "body: must be a whole multipart form"));
    }

    @ExceptionHandler
    void other(Exception e, HttpServletRequest in, HttpServletResponse out) throws IOException {
        if (e instanceof ErrorResponse known && known.getStatusCode().is4xxClientError()) {
            send(out, status(known.getStatusCode(), in));
            return;
        }
        if (is(e, UNREADABLE)) {
            send(out, ApiException.request(400, null, "invalid_request", "the request cannot be read"));
            return;
        }
        ApiException told = ApiException.of(e, null);
        if (told.body().status() >= 500) {
            LOG.error("{} {} failed", in.getMethod(), in.getRequestURI(), e);
        }
        send(out, told);
    }

    /** Whether one of these kinds is what failed, or why. */
    private static boolean is(Throwable failure, Set<Class<? extends Throwable>> kinds) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .anyMatch(cause -> kinds.stream().anyMatch(kind -> kind.isInstance(cause)));
    }

    /** What the container refuses before anyone is asked. */
    @RequestMapping("/error")
    void refused(HttpServletRequest in, HttpServletResponse out) throws IOException {
        Object code = in.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        int status = code instanceof Integer number ? number : 404;
        if (in.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof Throwable failure) {
            if (is(failure, UNREADABLE) || is(failure, NO_PATH)) {
                status = 400;
            } else {
                LOG.error("{} failed", in.getMethod(), failure);
            }
        }
        send(out, status(HttpStatusCode.valueOf(status), in));
    }

    private static ApiException status(HttpStatusCode code, HttpServletRequest in) {
        return switch (code.value()) {
            case 404 -> ApiException.notFound("there is nothing here; /openapi.json says what there is");
            case 405 -> ApiException.request(405, null, "method_not_allowed", in.getMethod() + " is not possible here");
            case 413 -> ApiException.request(413, null, "too_large", "body: is too large for this server");
            case 415 -> ApiException.request(415, null, "unsupported_media_type", "Content-Type: is not taken here");
            default ->
                code.is4xxClientError()
                        ? ApiException.request(code.value(), null, "invalid_request", "the request cannot be read")
                        : ApiException.server(500, "failed", "the server failed; its log says why", null);
        };
    }

    private static void send(HttpServletResponse out, ApiException e) throws IOException {
        if (!out.isCommitted()) {
            out.resetBuffer();
            Answers.error(out, e);
        }
    }
}
