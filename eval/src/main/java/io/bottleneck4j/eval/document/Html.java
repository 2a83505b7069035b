package io.bottleneck4j.eval.document;

import com.samskivert.mustache.Mustache;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Pages from Mustache templates, which come with the program; text cannot be taken for tags. */
public final class Html {
    private Html() {}

    /** For text between tags, and for attributes in double quotes. */
    static String text(String text) {
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
     * A whole page of values that a template names. In the package of a class lie the body {@code NAME.html}, and
     * {@code NAME.css} and {@code NAME.js} where it has its own.
     */
    public static String page(Class<?> beside, String name, String title, Map<String, ?> values) {
        boolean styled = beside.getResource(name + ".css") != null;
        return fill(
                Html.class,
                "page.html",
                Html::text,
                Map.of(
                        "title",
                        title,
                        "style",
                        styled ? resource(beside, name + ".css") : resource(Html.class, "page.css"),
                        "body",
                        fill(beside, name + ".html", Html::text, values),
                        "script",
                        beside.getResource(name + ".js") == null ? "" : resource(beside, name + ".js")));
    }

    /** A template with its values, which are escaped. */
    static String fill(Class<?> beside, String name, UnaryOperator<String> escaped, Object values) {
        return Mustache.compiler()
                .withEscaper(escaped::apply)
                .withLoader(other -> new StringReader(resource(beside, other)))
                .emptyStringIsFalse(true)
                .compile(resource(beside, name))
                .execute(values);
    }

    /** A text that comes with the program, and lies in the package of a class. */
    public static String resource(Class<?> beside, String name) {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": cannot be read; is the program's jar whole?", e);
        }
    }
}
