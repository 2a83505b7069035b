package io.bottleneck4j.eval.document;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.stream.Collectors;

/** What pages are made of: text that cannot be taken for tags, addresses, and the frame around a body. */
public final class Html {
    private Html() {}

    /** For text between tags, and for attributes in double quotes. */
    public static String text(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** The address of a file by its relative name, whose parts are divided by {@code /}. */
    public static String address(String name) {
        return Arrays.stream(name.split("/"))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    /** Bytes as an address, so that the page needs no file beside it. */
    public static String address(String type, byte[] bytes) {
        return "data:" + type + ";base64," + Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * A whole page.
     *
     * @param title as text
     * @param style as CSS
     * @param body as HTML, in whole lines
     * @param script as JavaScript, run when the body is there; empty for none
     */
    public static String page(String title, String style, String body, String script) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width">
                <title>%s</title>
                <style>
                %s</style>
                </head>
                <body>
                %s%s</body>
                </html>
                """.formatted(text(title), style, body, script.isEmpty() ? "" : "<script>\n" + script + "</script>\n");
    }

    /** The style of pages of pictures and tables. */
    public static String style() {
        return resource(Html.class, "page.css");
    }

    /**
     * A text that comes with the program.
     *
     * @param beside a class in whose package it lies
     */
    public static String resource(Class<?> beside, String name) {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": cannot be read; is the program's jar whole?", e);
        }
    }
}
