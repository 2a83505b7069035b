package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes answers: JSON, and OpenAI's errors. */
final class Answers {
    static final JsonMapper JSON = JsonMapper.shared();

    private Answers() {}

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    static void json(HttpServletResponse out, JsonNode body) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(body);
        out.setContentType("application/json");
        out.setContentLength(bytes.length);
        out.getOutputStream().write(bytes);
    }

    static void error(HttpServletResponse out, ApiException error) throws IOException {
        out.setStatus(error.body().status());
        Duration wait = error.retryAfter();
        if (wait != null) {
            out.setHeader("Retry-After", String.valueOf(Math.max(1, wait.toSeconds())));
        }
        if (error.body().status() == 401) {
            out.setHeader("WWW-Authenticate", "Bearer");
        }
        json(out, error(error.body()));
    }

    /** {@code {"error": ...}}. */
    static ObjectNode error(ApiException.Body error) {
        ObjectNode whole = object();
        whole.set("error", inner(error));
        return whole;
    }

    static ObjectNode inner(ApiException.Body error) {
        return object().put("message", error.message())
                .put("type", error.type())
                .put("param", error.param())
                .put("code", error.code());
    }
}
