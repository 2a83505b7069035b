package io.bottleneck4j.server;

import static io.bottleneck4j.server.TinyServer.LONG;
import static io.bottleneck4j.server.TinyServer.SMALL;
import static io.bottleneck4j.server.TinyServer.VIDEO;
import static io.bottleneck4j.server.TinyServer.at;
import static io.bottleneck4j.server.TinyServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The server as a client meets it, with plain HTTP. */
class ServerTest {
    @TempDir
    static Path shared;

    private static TinyServer server;

    @TempDir
    Path own;

    @BeforeAll
    static void start() {
        server = TinyServer.start(shared, settings -> settings.queue(3).bodyBytes(100_000));
    }

    @AfterAll
    static void end() {
        server.close();
    }

    private static byte[] picture(HttpResponse<String> answer, int index) {
        return Base64.getDecoder().decode(at(answer, "/data/" + index + "/b64_json"));
    }

    /** The state of a job that ends soon. */
    private static JsonNode ended(TinyServer of, String path) throws IOException, InterruptedException {
        JsonNode job = json(of.get(path));
        for (int i = 0; i < 200 && job.path("completed_at").isNull(); i++) {
            Thread.sleep(50);
            job = json(of.get(path));
        }
        return job;
    }

    private static String newest(TinyServer of) throws IOException, InterruptedException {
        return at(of.get("/v1/images?limit=1"), "/data/0/id");
    }

    /** Asks and does not wait for the answer. */
    private static Socket ask(TinyServer of, String body, String... headers) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), of.port());
        socket.getOutputStream()
                .write(("POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + Stream.of(headers).map(line -> line + "\r\n").collect(Collectors.joining())
                                + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        return socket;
    }

    private static String running(TinyServer of) throws IOException, InterruptedException {
        for (int i = 0; i < 200; i++) {
            if (at(of.get("/v1/images?limit=1"), "/data/0/status").equals("in_progress")) {
                return newest(of);
            }
            Thread.sleep(20);
        }
        throw new IllegalStateException("no job runs");
    }

    @Test
    void generate_picture_isTheLibrarys() throws IOException, InterruptedException {
        Model model = Model.open(Golden.folder("tiny-a"));
        Path file = own.resolve("fox.png");
        try (Pipeline pipeline = model.pipeline()) {
            pipeline.generate(model.request("a red fox")
                            .plan("baseline")
                            .size(32, 64)
                            .seed(7)
                            .build())
                    .write(file);
        }

        HttpResponse<String> answer = server.post("/v1/images/generations", SMALL);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(picture(answer, 0)).isEqualTo(Files.readAllBytes(file));
        assertThat(at(answer, "/data/0/seed")).isEqualTo("7");
        assertThat(at(answer, "/size")).isEqualTo("32x64");
        assertThat(json(answer).at("/inference_time_s").asDouble()).isPositive();
        assertThat(json(answer).at("/stage_durations/stage_1").asDouble()).isPositive();
        assertThat(json(answer).at("/usage/output_tokens").asInt()).isEqualTo(8);
    }

    @Test
    void everyAddress_withoutVersion_isTheSame() throws IOException, InterruptedException {
        assertThat(picture(server.post("/images/generations", SMALL), 0))
                .isEqualTo(picture(server.post("/v1/images/generations", SMALL), 0));
        assertThat(server.get("/models").body())
                .isEqualTo(server.get("/v1/models").body());
        assertThat(server.get("/videos").statusCode()).isEqualTo(200);
    }

    @Test
    void generate_url_givesTheFile() throws IOException, InterruptedException {
        HttpResponse<String> answer = server.post(
                "/v1/images/generations",
                SMALL.replace("}", ", \"response_format\": \"url\", \"output_format\": \"webp\"}"));
        String url = at(answer, "/data/0/url");

        assertThat(url).startsWith("http://127.0.0.1:" + server.port() + "/v1/images/img_");
        HttpResponse<byte[]> content = server.bytes(url.substring(url.indexOf("/v1/")));
        assertThat(content.headers().firstValue("Content-Type")).contains("image/webp");
        assertThat(new String(content.body(), 8, 4, StandardCharsets.US_ASCII)).isEqualTo("WEBP");
        assertThat(at(server.get("/v1/images/" + at(answer, "/id")), "/status")).isEqualTo("completed");
    }

    @Test
    void stream_withPreviews_sendsEventsInOrder() throws IOException, InterruptedException {
        HttpResponse<String> answer = server.post(
                "/v1/images/generations",
                "{\"prompt\": \"a\", \"width\": 64, \"height\": 64, \"stream\": true, \"partial_images\": 2, \"progress\": true}");
        Stream<String> events = answer.body().lines().filter(line -> line.startsWith("event: "));

        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        assertThat(events.map(line -> line.substring("event: image_generation.".length()))
                        .filter(type -> !type.equals("step") && !type.equals("queued")))
                .containsExactly("partial_image", "partial_image", "completed");
        assertThat(answer.body()).contains("\"stage\":1,\"stages\":3,\"step\":1,");
    }

    @Test
    void stream_ofAJobThatFails_tellsTheErrorAsAnEvent() throws IOException, InterruptedException {
        String body = LONG.replace("}", ", \"stream\": true}");
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return server.post("/v1/images/generations", body).body();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        server.post("/v1/images/" + running(server) + "/cancel", "");

        assertThat(answer.join()).contains("event: error").contains("\"code\":\"cancelled\"");
    }

    @Test
    void client_thatLeavesWhileItsJobRuns_endsIt() throws IOException, InterruptedException {
        String id;
        try (Socket left = ask(server, LONG)) {
            id = running(server);
            assertThat(left.isConnected()).isTrue();
        }

        JsonNode job = ended(server, "/v1/images/" + id);

        assertThat(job.path("status").asString()).isEqualTo("cancelled");
        assertThat(job.at("/error/message").asString()).isEqualTo("cancelled: the client left");
    }

    @Test
    void queue_thatIsFull_isTold() throws IOException, InterruptedException {
        try (Socket first = ask(server, LONG)) {
            String running = running(server);
            try (Socket second = ask(server, LONG);
                    Socket third = ask(server, LONG);
                    Socket fourth = ask(server, LONG)) {
                for (int i = 0; i < 200 && !server.get("/metrics").body().contains("bottleneck4j_queue 3.0"); i++) {
                    Thread.sleep(20);
                }

                HttpResponse<String> refused = server.post("/v1/images/generations", SMALL);

                assertThat(refused.statusCode()).isEqualTo(429);
                assertThat(at(refused, "/error/code")).isEqualTo("queue_full");
                assertThat(Integer.parseInt(
                                refused.headers().firstValue("Retry-After").orElseThrow()))
                        .isPositive();
                assertThat(second.isConnected() && third.isConnected() && fourth.isConnected())
                        .isTrue();
            }
            assertThat(at(server.get("/v1/images/" + running), "/status")).isEqualTo("in_progress");
            assertThat(first.isConnected()).isTrue();
        }
        ended(server, "/v1/images/" + newest(server)); // of those that waited
    }

    @Test
    void idempotencyKey_givesTheSamePictureOnce() throws IOException, InterruptedException {
        String[] key = {"Idempotency-Key", "order-1"};
        HttpResponse<String> first =
                server.post("/v1/images/generations", "{\"prompt\": \"once\", \"size\": \"32x32\"}", key);
        HttpResponse<String> second =
                server.post("/v1/images/generations", "{\"prompt\": \"once\", \"size\": \"32x32\"}", key);

        assertThat(at(second, "/id")).isEqualTo(at(first, "/id"));
        assertThat(picture(second, 0)).isEqualTo(picture(first, 0));
        HttpResponse<String> other = server.post("/v1/images/generations", SMALL, key);
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(at(other, "/error/code")).isEqualTo("idempotency_key_reused");
    }

    /** It is made anew; the client that left is not the one that asks now. */
    @Test
    void idempotencyKey_whileItsJobStops_isMadeAnew() throws IOException, InterruptedException {
        String order = LONG.replace("\"n\": 10", "\"n\": 1").replace("200", "60");
        try (Socket first = ask(server, order, "Idempotency-Key: stopping")) {
            running(server);
        }
        HttpResponse<String> again = server.post("/v1/images/generations", order, "Idempotency-Key", "stopping");
        for (int i = 0; i < 20 && again.statusCode() == 429; i++) {
            Thread.sleep(100);
            again = server.post("/v1/images/generations", order, "Idempotency-Key", "stopping");
        }
        assertThat(again.body()).contains("b64_json");
    }

    @Test
    void video_job_isMadeListedAndDeleted() throws IOException, InterruptedException {
        HttpResponse<String> created = server.post("/v1/videos", VIDEO);
        String id = at(created, "/id");
        assertThat(at(created, "/object")).isEqualTo("video");
        assertThat(at(created, "/status")).isIn("queued", "in_progress", "completed");

        JsonNode made = ended(server, "/v1/videos/" + id);

        assertThat(made.path("status").asString()).isEqualTo("completed");
        assertThat(made.path("progress").asInt()).isEqualTo(100);
        assertThat(made.path("size").asString()).isEqualTo("32x32");
        HttpResponse<byte[]> content = server.bytes("/v1/videos/" + id + "/content");
        assertThat(content.headers().firstValue("Content-Type")).contains("video/mp4");
        assertThat(new String(content.body(), 4, 4, StandardCharsets.US_ASCII)).isEqualTo("ftyp");
        for (String[] part : new String[][] {
            {"bytes=0-1", "0", "2"}, {"bytes=4-", "4", ""}, {"bytes=-5", "-5", ""}, {"bytes=4-99999999", "4", ""}
        }) {
            assertPart(id, content.body(), part);
        }
        for (String none : new String[] {"bytes=2-1", "bytes=-", "bytes=0-1,4-5", "lines=0-1"}) {
            assertThat(server.get("/v1/videos/" + id + "/content", "Range", none)
                            .statusCode())
                    .as(none)
                    .isEqualTo(200);
        }
        HttpResponse<String> beyond = server.get("/v1/videos/" + id + "/content", "Range", "bytes=99999999-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("Content-Range")).contains("bytes */" + content.body().length);
        assertThat(json(server.get("/v1/videos?limit=100")).path("data").toString())
                .contains(id);
        assertThat(server.get("/v1/images/" + id).statusCode()).isEqualTo(404);
        assertThat(at(server.delete("/v1/videos/" + id), "/object")).isEqualTo("video.deleted");
        assertThat(server.get("/v1/videos/" + id).statusCode()).isEqualTo(404);
    }

    /** {Range, first byte, one behind the last}, of which a negative or empty one counts from the end. */
    private static void assertPart(String id, byte[] whole, String[] part) throws IOException, InterruptedException {
        int first = Integer.parseInt(part[1]);
        int from = first < 0 ? whole.length + first : first;
        int to = part[2].isEmpty() ? whole.length : Integer.parseInt(part[2]);
        HttpResponse<byte[]> answer = server.bytes("/v1/videos/" + id + "/content", "Range", part[0]);
        assertThat(answer.statusCode()).as(part[0]).isEqualTo(206);
        assertThat(answer.body()).as(part[0]).isEqualTo(Arrays.copyOfRange(whole, from, to));
        assertThat(answer.headers().firstValue("Content-Range"))
                .contains("bytes " + from + "-" + (to - 1) + "/" + whole.length);
        assertThat(answer.headers().firstValue("Content-Type")).contains("video/mp4");
    }

    @Test
    void video_deletedWhileItIsMade_isGone() throws IOException, InterruptedException {
        String id = at(
                server.post(
                        "/v1/videos",
                        "{\"prompt\": \"a\", \"plan\": \"baseline\", \"width\": 128, \"height\": 128, \"num_frames\": 17,"
                                + " \"num_inference_steps\": 200}"),
                "/id");

        assertThat(at(server.delete("/v1/videos/" + id), "/deleted")).isEqualTo("true");

        for (int i = 0; i < 100 && server.get("/v1/videos/" + id).statusCode() == 200; i++) {
            Thread.sleep(50);
        }
        assertThat(server.get("/v1/videos/" + id).statusCode()).isEqualTo(404);
        assertThat(shared.resolve("jobs").resolve(id)).doesNotExist();
    }

    @Test
    void videoSync_answersWithTheFile() throws IOException, InterruptedException {
        HttpResponse<String> answer = server.post("/v1/videos/sync", VIDEO);

        assertThat(answer.headers().firstValue("Content-Type")).contains("video/mp4");
        assertThat(answer.body().substring(4, 8)).isEqualTo("ftyp");
    }

    @Test
    void wrongRequests_getOpenAisErrors() throws IOException, InterruptedException {
        assertThat(server.post("/v1/images/generations", "{").statusCode()).isEqualTo(400);
        assertThat(server.post("/v1/images/generations", "[]").statusCode()).isEqualTo(400);
        assertThat(server.post("/v1/images/generations", "{\"prompt\": \"a\", \"prompt\": \"b\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.post("/v1/images/generations", "{\"prompt\": \"" + "a".repeat(200_000) + "\"}")
                        .statusCode())
                .isEqualTo(413);
        HttpResponse<String> unknown =
                server.post("/v1/images/generations", "{\"prompt\": \"a\", \"model\": \"dall-e-3\"}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(at(unknown, "/error/code")).isEqualTo("model_not_found");
        assertThat(at(unknown, "/error/message")).contains("use tiny or tiny-video");
        assertThat(server.post("/v1/videos", SMALL.replace("}", ", \"model\": \"tiny\"}"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.get("/v1/images/none").statusCode()).isEqualTo(404);
        assertThat(server.get("/v1/nothing").statusCode()).isEqualTo(404);
        assertThat(at(server.get("/v1/nothing"), "/error/type")).isEqualTo("not_found_error");
        assertThat(server.get("/v1/images/generations").statusCode()).isEqualTo(404);
        assertThat(server.delete("/v1/models").statusCode()).isEqualTo(405);
        assertThat(server.get("/v1/images?limit=0").statusCode()).isEqualTo(400);
        assertThat(server.post("/v1/images/edits", SMALL).statusCode()).isEqualTo(415);
        HttpResponse<String> huge =
                server.post("/v1/images/generations", SMALL.replace("}", ", \"guidance_scale\": 1e30}"));
        assertThat(huge.statusCode()).isEqualTo(400);
        assertThat(at(huge, "/error/message")).isEqualTo("guidance_scale: must be between 0 and 1000, not 1.0E30");
    }

    @Test
    void otherSites_areRefused() throws IOException, InterruptedException {
        assertThat(server.get("/v1/models", "Origin", "http://evil.example").statusCode())
                .isEqualTo(403);
        assertThat(server.get("/v1/models", "Origin", "http://127.0.0.1:" + server.port())
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.get("/", "Origin", "http://evil.example").statusCode())
                .isEqualTo(403);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            byte[] begin = socket.getInputStream().readNBytes(12);
            assertThat(new String(begin, StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 403");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /v1/images/generations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "DELETE /v1/images;a=%zz HTTP/1.1\r\n\r\n",
                "GET /v1/images?after=%ff%zz HTTP/1.1\r\n\r\n",
                "GET /v1/images?%=1&after=%C3%28 HTTP/1.1\r\n\r\n",
                "POST /v1/images/edits HTTP/1.1\r\nContent-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc",
                "POST /v1/images/generations HTTP/1.1\r\nTransfer-Encoding: chunked, odd\r\n\r\nabc",
                "GET /health HTTP/3.0\r\n\r\n",
                "GET /health?a=[ HTTP/1.1\r\n\r\n"
            })
    void damagedRequests_areTheClientsFault(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String whole = request.replaceFirst("\r\n", "\r\nHost: localhost\r\nContent-Type: application/json\r\n");
            if (request.contains("multipart")) {
                whole = request.replaceFirst("\r\n", "\r\nHost: localhost\r\n");
            }
            socket.getOutputStream().write(whole.getBytes(StandardCharsets.ISO_8859_1));
            byte[] begin = socket.getInputStream().readNBytes(10);
            assertThat(new String(begin, StandardCharsets.UTF_8)).isIn("HTTP/1.1 4", "HTTP/1.1 5");
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).contains("\"type\":\"invalid_request_error\"");
        }
    }

    /** More of them than there are threads; each sends on and on, a byte at a time. */
    @Test
    @Tag("slow")
    void slowSenders_holdNobodyElse() throws IOException, InterruptedException {
        try (TinyServer patient = TinyServer.start(own, settings -> settings.upload(Duration.ofSeconds(2)))) {
            List<Socket> senders = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), patient.port());
                senders.add(socket);
                String type = i % 2 == 0 ? "application/json" : "multipart/form-data; boundary=b";
                String path = i % 2 == 0 ? "/v1/images/generations" : "/v1/images/edits";
                socket.getOutputStream()
                        .write(("POST " + path
                                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\nContent-Type: "
                                        + type
                                        + "\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n")
                                .getBytes(StandardCharsets.UTF_8));
            }
            assertThat(patient.get("/health").statusCode()).isEqualTo(200);
            assertThat(patient.post("/v1/images/generations", SMALL).statusCode())
                    .isEqualTo(200);
            assertThat(late(patient.port(), SMALL)).isEqualTo("HTTP/1.1 200");
            int heard = senders.size();
            for (int i = 0; i < 400 && heard > 0; i++) {
                Thread.sleep(50);
                heard = 0;
                for (Socket sender : senders) {
                    heard += send(sender) ? 1 : 0;
                }
            }
            assertThat(heard).as("slow senders that are listened to after 20 s").isZero();
            for (Socket sender : senders) {
                sender.close();
            }
            assertThat(patient.post("/v1/images/generations", SMALL).statusCode())
                    .isEqualTo(200);
        }
    }

    /** Sends the body some time after the headers; returns how the answer begins. */
    private static String late(int port, String json) throws IOException, InterruptedException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String headers =
                    "POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + body.length + "\r\n\r\n";
            socket.getOutputStream().write(headers.getBytes(StandardCharsets.UTF_8));
            Thread.sleep(200);
            socket.getOutputStream().write(body);
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8);
        }
    }

    /** Sends a byte; returns whether anybody is there. */
    private static boolean send(Socket to) {
        try {
            to.getOutputStream().write('a');
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void wrongKey_withALargePicture_isToldAll() throws IOException, InterruptedException {
        try (TinyServer closed = TinyServer.start(
                own,
                settings -> settings.keys(io.bottleneck4j.server.settings.ApiKeys.of("alice", "0123456789abcdef")))) {
            for (int i = 0; i < 5; i++) {
                HttpResponse<String> answer = closed.post("/v1/images/edits", "a".repeat(5_000_000));
                assertThat(answer.statusCode()).isEqualTo(401);
                assertThat(at(answer, "/error/code")).isEqualTo("invalid_api_key");
            }
        }
    }

    @Test
    void everyAnswer_makesBrowsersCareful() throws IOException, InterruptedException {
        HttpResponse<String> page = server.get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'self'")
                .contains("frame-ancestors 'none'");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(server.get("/v1/models").headers().firstValue("Cache-Control"))
                .contains("no-store");
        assertThat(page.headers().firstValue("Server")).isEmpty();
    }

    @Test
    void health_andMetrics_areThere() throws IOException, InterruptedException {
        server.post("/v1/images/generations", SMALL);

        assertThat(at(server.get("/health"), "/status")).isEqualTo("UP");
        assertThat(at(server.get("/health/readiness"), "/status")).isEqualTo("UP");
        assertThat(server.get("/metrics").body())
                .contains("bottleneck4j_queue ")
                .contains("bottleneck4j_job_run_seconds_count{");
        assertThat(server.get("/env").statusCode()).isEqualTo(404);
    }

    @Test
    void restart_keepsPicturesAndNamesWhatWasInterrupted() throws IOException, InterruptedException {
        String id;
        byte[] picture;
        Path stored = own.resolve("jobs");
        try (TinyServer first = TinyServer.start(own)) {
            HttpResponse<String> answer = first.post("/v1/images/generations", SMALL);
            id = at(answer, "/id");
            picture = picture(answer, 0);
        }

        try (TinyServer second = TinyServer.start(own)) {
            assertThat(second.bytes("/v1/images/" + id + "/content").body()).isEqualTo(picture);
            assertThat(at(second.get("/v1/images"), "/data/0/id")).isEqualTo(id);
            assertThat(stored.resolve(id).resolve("job.json")).exists();
        }
    }

    @Test
    void close_whileAPictureIsMade_tellsTheClient() throws IOException, InterruptedException, ExecutionException {
        TinyServer ending = TinyServer.start(own, settings -> settings.drain(Duration.ofMillis(100)));
        CompletableFuture<HttpResponse<String>> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return ending.post("/v1/images/generations", LONG);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        running(ending);
        String video = at(ending.post("/v1/videos", VIDEO), "/id");

        ending.close();

        assertThat(answer.get().statusCode()).isEqualTo(503);
        assertThat(at(answer.get(), "/error/code")).isEqualTo("shutting_down");
        try (TinyServer next = TinyServer.start(own)) {
            assertThat(ended(next, "/v1/videos/" + video).path("status").asString())
                    .isEqualTo("completed");
        }
    }

    @Test
    void keys_whenThereAreSome_areNeeded() throws IOException, InterruptedException {
        String key = "0123456789abcdef";
        try (TinyServer closed = TinyServer.start(
                own,
                settings -> settings.keys(io.bottleneck4j.server.settings.ApiKeys.of("alice", key))
                        .requestsPerMinute(3))) {
            HttpResponse<String> without = closed.get("/v1/models");
            assertThat(without.statusCode()).isEqualTo(401);
            assertThat(at(without, "/error/code")).isEqualTo("invalid_api_key");
            assertThat(closed.get("/metrics").statusCode()).isEqualTo(401);
            assertThat(closed.get("/health").statusCode()).isEqualTo(200);
            assertThat(closed.get("/").statusCode()).isEqualTo(200);
            assertThat(closed.get("/v1/models", "Authorization", "Bearer wrong").statusCode())
                    .isEqualTo(401);

            for (int i = 0; i < 3; i++) {
                assertThat(closed.get("/v1/models", "Authorization", "Bearer " + key)
                                .statusCode())
                        .isEqualTo(200);
            }
            HttpResponse<String> fourth = closed.get("/v1/models", "Authorization", "Bearer " + key);
            assertThat(fourth.statusCode()).isEqualTo(429);
            assertThat(at(fourth, "/error/code")).isEqualTo("rate_limit_exceeded");
            for (int i = 0; i < 20; i++) {
                closed.get("/v1/models", "Authorization", "Bearer wrong");
            }
            assertThat(closed.get("/v1/models", "Authorization", "Bearer " + key)
                            .statusCode())
                    .isEqualTo(429);
        }
    }

    @Test
    void job_thatTakesTooLong_isStopped() throws IOException, InterruptedException {
        try (TinyServer hasty = TinyServer.start(own, settings -> settings.timeout(Duration.ofSeconds(1)))) {
            HttpResponse<String> answer = hasty.post("/v1/images/generations", LONG);

            assertThat(answer.statusCode()).isEqualTo(504);
            assertThat(at(answer, "/error/message")).startsWith("timeout: it took longer than 1 s");
        }
    }

    @Test
    void start_onATakenPort_saysSo() {
        assertThatThrownBy(() -> TinyServer.start(own, settings -> settings.port(server.port())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("port: cannot be used");
    }

    @Test
    void retention_ofNothing_removesFinishedPictures() throws IOException, InterruptedException {
        try (TinyServer brief = TinyServer.start(own, settings -> settings.keep(Duration.ZERO))) {
            String id = at(brief.post("/v1/images/generations", SMALL), "/id");
            for (int i = 0; i < 100 && brief.get("/v1/images/" + id).statusCode() == 200; i++) {
                Thread.sleep(50);
            }
            assertThat(brief.get("/v1/images/" + id).statusCode()).isEqualTo(404);
            assertThat(own.resolve("jobs").resolve(id)).doesNotExist();
        }
    }
}
