package io.bottleneck4j.server;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.server.settings.ServerSettings;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server of tiny random models, and a plain client of it. */
public final class TinyServer implements AutoCloseable {
    /** A picture of 20 milliseconds. */
    public static final String SMALL =
            "{\"prompt\": \"a red fox\", \"plan\": \"baseline\", \"width\": 32, \"height\": 64, \"seed\": 7}";

    /** Pictures of some seconds, to be cancelled. */
    public static final String LONG =
            "{\"prompt\": \"a red fox\", \"plan\": \"baseline\", \"width\": 256, \"height\": 256, \"num_inference_steps\": 200, \"n\": 10}";

    /** A video of a moment. */
    public static final String VIDEO =
            "{\"prompt\": \"a cat walks\", \"plan\": \"baseline\", \"width\": 32, \"height\": 32, \"num_frames\": 5, \"num_inference_steps\": 2}";

    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    private final Server server;
    private final HttpClient client = HttpClient.newHttpClient();

    private TinyServer(Server server) {
        this.server = server;
    }

    public static TinyServer start(Path data) {
        return start(data, settings -> settings);
    }

    public static TinyServer start(Path data, UnaryOperator<ServerSettings.Builder> with) {
        return new TinyServer(Server.start(with.apply(settings(data)).build()));
    }

    /** On a free port, with a model of pictures and one of videos. */
    public static ServerSettings.Builder settings(Path data) {
        return ServerSettings.builder(data)
                .port(0)
                .model("tiny", Model.open(Golden.folder("tiny-a")), List.of(FLOAT32), null, Map.of())
                .model("tiny-video", Model.open(Golden.folder("hunyuan-a")), List.of(FLOAT32), null, Map.of());
    }

    public int port() {
        return server.port();
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    public HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send(request(path, headers).GET());
    }

    public HttpResponse<byte[]> bytes(String path, String... headers) throws IOException, InterruptedException {
        return client.send(request(path, headers).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    public HttpResponse<String> delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE());
    }

    public HttpResponse<String> post(String path, String json, String... headers)
            throws IOException, InterruptedException {
        return send(request(path, headers)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    public HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    public static JsonNode json(HttpResponse<String> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    /** The value at a place, as {@code /error/code}. */
    public static String at(HttpResponse<String> answer, String pointer) {
        return json(answer).at(pointer).asString();
    }

    @Override
    public void close() {
        server.close();
    }
}
