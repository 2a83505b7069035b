package io.bottleneck4j.server.http;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/** Server-sent events, each sent at once: {@code event: TYPE}, {@code data: JSON}. */
final class EventStream {
    private final ServletOutputStream out;

    EventStream(HttpServletResponse response) throws IOException {
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("X-Accel-Buffering", "no"); // nginx would collect them
        out = response.getOutputStream();
        response.flushBuffer();
    }

    /** An event, of the type that its {@code type} says. */
    void send(ObjectNode event) throws IOException {
        send(event.path("type").asString(), event);
    }

    void send(String type, ObjectNode event) throws IOException {
        write("event: " + type + "\ndata: " + Answers.JSON.writeValueAsString(event) + "\n\n");
    }

    /** Nothing, so that proxies do not think it dead. */
    void keepAlive() throws IOException {
        write(": keep-alive\n\n");
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
