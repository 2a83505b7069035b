package io.bottleneck4j.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.server.TinyServer;
import io.bottleneck4j.server.settings.ServerSettings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.bind.annotation.RequestMapping;
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

    @Test
    void paths_areAllThatTheServerHas() throws ClassNotFoundException {
        List<String> served = new ArrayList<>();
        for (String controller : List.of("ImagesController", "VideosController", "Models")) {
            Class<?> type = Class.forName("io.bottleneck4j.server.http." + controller);
            RequestMapping base = AnnotatedElementUtils.findMergedAnnotation(type, RequestMapping.class);
            for (Method method : type.getDeclaredMethods()) {
                RequestMapping mapped = AnnotatedElementUtils.findMergedAnnotation(method, RequestMapping.class);
                if (mapped != null) {
                    List<String> bases = base == null ? List.of("") : List.of(base.path());
                    List<String> paths = mapped.path().length == 0 ? List.of("") : List.of(mapped.path());
                    bases.forEach(before -> paths.forEach(path ->
                            served.add(mapped.method()[0].name().toLowerCase(Locale.ROOT) + " " + before + path)));
                }
            }
        }
        List<String> versioned =
                served.stream().filter(path -> path.contains(" /v1/")).toList();
        assertThat(versioned).isNotEmpty();
        assertThat(versioned).allSatisfy(operation -> {
            String[] parts = operation.split(" ", -1);
            assertThat(DOCUMENT.path("paths").path(parts[1]).has(parts[0])).isTrue();
        });
        assertThat(served).hasSize(2 * versioned.size()); // each without the version too
    }

    /** What an answer has is documented, so that clients made of the document meet nothing new. */
    @Test
    void answers_areAsDocumented() throws IOException, InterruptedException {
        try (TinyServer server = TinyServer.start(data)) {
            HttpResponse<String> made = server.post("/v1/images/generations", TinyServer.SMALL);
            requireDocumented("ImagesResponse", TinyServer.json(made));
            requireDocumented("Image", TinyServer.json(server.get("/v1/images/" + TinyServer.at(made, "/id"))));
            requireDocumented("Video", TinyServer.json(server.post("/v1/videos", TinyServer.VIDEO)));
            requireDocumented("Model", TinyServer.json(server.get("/v1/models")).at("/data/0"));
            requireDocumented("Error", TinyServer.json(server.get("/v1/nothing")));
        }
    }

    /** By the names of its properties, and theirs. */
    private static void requireDocumented(String schema, JsonNode answer) {
        requireDocumented(schema, DOCUMENT.at("/components/schemas/" + schema), answer);
    }

    private static void requireDocumented(String where, JsonNode given, JsonNode answer) {
        JsonNode schema =
                given.has("$ref") ? DOCUMENT.at(given.path("$ref").asString().substring(1)) : given;
        if (answer.isArray()) {
            answer.values().forEach(item -> requireDocumented(where + "[]", schema.path("items"), item));
        }
        if (!answer.isObject() || !schema.has("properties")) {
            return;
        }
        Set<String> names = new TreeSet<>(answer.propertyNames());
        if (schema.has("additionalProperties")) { // a job tells what it was asked for
            names.removeAll(documented("VideoRequest"));
            names.removeAll(documented("ImageRequest"));
        }
        for (String name : names) {
            assertThat(schema.path("properties").has(name))
                    .as(where + "." + name)
                    .isTrue();
            requireDocumented(where + "." + name, schema.path("properties").path(name), answer.path(name));
        }
    }
}
