package io.bottleneck4j.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.server.TinyServer;
import io.bottleneck4j.server.settings.ServerSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** The document of the API says what the server does. */
class OpenApiTest {
    private static final ServerSettings SETTINGS =
            TinyServer.settings(Path.of("unused")).build();
    private static final JsonNode DOCUMENT = read();

    @TempDir
    Path data;

    private static JsonNode read() {
        try (InputStream in = Objects.requireNonNull(OpenApiTest.class.getResourceAsStream("/static/openapi.json"))) {
            return JsonMapper.shared().readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Set<String> documented(String schema) {
        return new TreeSet<>(
                DOCUMENT.at("/components/schemas/" + schema + "/properties").propertyNames());
    }

    private static Set<String> read(Order.Kind kind) {
        String model = kind == Order.Kind.VIDEO ? "tiny-video" : "tiny";
        Fields fields = new Fields(JsonNodeFactory.instance.objectNode().put("prompt", "x"));
        Order order = new Order(kind, Objects.requireNonNull(SETTINGS.models().get(model)), fields, SETTINGS);
        return order.fields().known();
    }

    @Test
    void fields_areThoseThatAreRead() {
        assertThat(documented("ImageRequest")).isEqualTo(read(Order.Kind.GENERATION));
        assertThat(documented("VideoRequest")).isEqualTo(read(Order.Kind.VIDEO));
        Set<String> edit = new TreeSet<>(read(Order.Kind.EDIT));
        edit.addAll(Set.of("image", "mask")); // files
        assertThat(documented("EditRequest")).isEqualTo(edit);
    }

    @Test
    void references_allLeadSomewhere() {
        DOCUMENT.findValues("$ref")
                .forEach(reference -> assertThat(
                                DOCUMENT.at(reference.asString().substring(1)).isMissingNode())
                        .as(reference.asString())
                        .isFalse());
    }

    @Test
    void paths_areAllThere() throws IOException, InterruptedException {
        try (TinyServer server = TinyServer.start(data)) {
            for (String path : DOCUMENT.path("paths").propertyNames()) {
                for (String method : DOCUMENT.path("paths").path(path).propertyNames()) {
                    HttpResponse<String> answer =
                            server.send(HttpRequest.newBuilder(server.uri(path.replace("{id}", "none")))
                                    .method(method.toUpperCase(Locale.ROOT), HttpRequest.BodyPublishers.noBody()));
                    assertThat(answer.statusCode())
                            .as(method + " " + path)
                            .isNotEqualTo(405)
                            .isLessThan(500);
                    assertThat(answer.body()).as(method + " " + path).doesNotContain("there is nothing here");
                }
            }
        }
    }
}
