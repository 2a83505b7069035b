package io.bottleneck4j.server.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.SseException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnprocessableEntityException;
import com.openai.models.images.Image;
import com.openai.models.images.ImageEditParams;
import com.openai.models.images.ImageEditPartialImageEvent;
import com.openai.models.images.ImageEditStreamEvent;
import com.openai.models.images.ImageGenCompletedEvent;
import com.openai.models.images.ImageGenPartialImageEvent;
import com.openai.models.images.ImageGenStreamEvent;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import com.openai.models.models.Model;
import com.openai.models.videos.Video;
import com.openai.models.videos.VideoCreateParams;
import com.openai.models.videos.VideoListPage;
import com.openai.models.videos.VideoListParams;
import com.openai.models.videos.VideoSeconds;
import com.openai.models.videos.VideoSize;
import com.sun.net.httpserver.HttpServer;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PictureReader;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoReader;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.server.TinyServer;
import io.bottleneck4j.server.settings.ApiKeys;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** OpenAI's own client for Java, against a server that wants a key. */
@Tag("slow")
@SuppressWarnings("deprecation") // OpenAI gives up videos; other servers and users have not
class OpenAiJavaTest {
    private static final String KEY = "a-key-that-nobody-guesses";
    private static final String IDEMPOTENCY = "Idempotency-Key";

    @TempDir
    static Path folder;

    private static TinyServer server;
    private static OpenAIClient client;
    private static Pipeline pipeline;

    @BeforeAll
    static void start() {
        server = TinyServer.start(folder.resolve("data"), settings -> settings.keys(ApiKeys.of("alice", KEY)));
        client = client(server.port(), KEY);
        pipeline = io.bottleneck4j.pipeline.Model.open(Golden.folder("tiny-a"))
                .pipeline(new Execution(Device.CPU, DType.FLOAT32));
    }

    @AfterAll
    static void end() {
        pipeline.close();
        client.close();
        server.close();
    }

    private static OpenAIClient client(int port, String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:" + port + "/v1")
                .apiKey(key)
                .maxRetries(2)
                .build();
    }

    private static ImageGenerateParams.Builder small() {
        return ImageGenerateParams.builder()
                .model("tiny")
                .prompt("a red fox")
                .putAdditionalBodyProperty("width", JsonValue.from(32))
                .putAdditionalBodyProperty("height", JsonValue.from(64))
                .putAdditionalBodyProperty("plan", JsonValue.from("baseline"))
                .putAdditionalBodyProperty("seed", JsonValue.from(7));
    }

    private static ImageEditParams.Builder edit() {
        return ImageEditParams.builder()
                .model("tiny")
                .prompt("a red fox")
                .putAdditionalBodyProperty("plan", JsonValue.from("baseline"))
                .putAdditionalBodyProperty("strength", JsonValue.from(0.8))
                .putAdditionalBodyProperty("seed", JsonValue.from(7));
    }

    private static ImageGenerateParams.Builder slow() {
        return ImageGenerateParams.builder()
                .prompt("a slow fox")
                .size("256x256")
                .n(10)
                .putAdditionalBodyProperty("plan", JsonValue.from("baseline"))
                .putAdditionalBodyProperty("num_inference_steps", JsonValue.from(200));
    }

    private static Request.Builder request(long seed) {
        return pipeline.model()
                .request("a red fox")
                .plan("baseline")
                .size(32, 64)
                .seed(seed);
    }

    /** The file that the library writes. */
    private static byte[] file(Request.Builder request) throws IOException {
        Path file = folder.resolve("library.png");
        pipeline.generate(request.build()).write(file);
        return Files.readAllBytes(file);
    }

    /** A picture as a user has one: its upper half light, its lower half dark. */
    private static Picture halves() {
        byte[] rgb = new byte[32 * 64 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i < rgb.length / 2 ? 220 : 20);
        }
        return new Picture(32, 64, rgb);
    }

    private static Path stored(String name) throws IOException {
        return Files.write(folder.resolve(name), PngWriter.bytes(halves(), Map.of()));
    }

    private static List<Image> images(ImagesResponse response) {
        return response.data().orElseThrow();
    }

    private static byte[] bytes(Image image) {
        return bytes(image.b64Json().orElseThrow());
    }

    private static byte[] bytes(String base64) {
        return Base64.getDecoder().decode(base64);
    }

    private static String text(Map<String, JsonValue> extras, String name) {
        return Objects.requireNonNull(
                Objects.requireNonNull(extras.get(name), name).convert(String.class), name);
    }

    private static JsonNode get(String path) throws IOException, InterruptedException {
        return TinyServer.json(server.get(path, "Authorization", "Bearer " + KEY));
    }

    @Test
    void generate_picture_isTheLibrarys() throws IOException {
        ImagesResponse response = client.images().generate(small().build());

        assertThat(images(response)).hasSize(1);
        assertThat(bytes(images(response).get(0))).isEqualTo(file(request(7)));
        assertThat(response.outputFormat()).hasValue(ImagesResponse.OutputFormat.PNG);
        assertThat(response.size().orElseThrow().asString()).isEqualTo("32x64");
        assertThat(response.background()).hasValue(ImagesResponse.Background.OPAQUE);
        assertThat(response.usage().orElseThrow().totalTokens())
                .isEqualTo(response.usage().orElseThrow().inputTokens()
                        + response.usage().orElseThrow().outputTokens());
        assertThat(text(response._additionalProperties(), "plan")).isEqualTo("baseline");
        assertThat(response._additionalProperties())
                .containsKeys("id", "model", "inference_time_s", "peak_memory_mb", "stage_durations", "warnings");
    }

    @Test
    void generate_several_haveSeedsUpward() throws IOException {
        List<Image> made = images(client.images().generate(small().n(2).build()));

        assertThat(made)
                .extracting(image -> text(image._additionalProperties(), "seed"))
                .containsExactly("7", "8");
        assertThat(bytes(made.get(0))).isEqualTo(file(request(7)));
        assertThat(bytes(made.get(1))).isEqualTo(file(request(8)));
    }

    @Test
    void generate_url_leadsToTheFile() throws IOException, InterruptedException {
        Image made = images(client.images()
                        .generate(small().responseFormat(ImageGenerateParams.ResponseFormat.URL)
                                .build()))
                .get(0);

        assertThat(made.b64Json()).isEmpty();
        String path = made.url().orElseThrow().replaceFirst("^http://127\\.0\\.0\\.1:\\d+", "");
        assertThat(server.get(path).statusCode()).isEqualTo(401);
        java.net.http.HttpResponse<byte[]> file = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(server.uri(path))
                                .header("Authorization", "Bearer " + KEY)
                                .build(),
                        BodyHandlers.ofByteArray());
        assertThat(file.headers().firstValue("Content-Type")).hasValue("image/png");
        assertThat(file.body()).isEqualTo(file(request(7)));
    }

    @ParameterizedTest
    @CsvSource({"jpeg, image/jpeg", "webp, image/webp"})
    void generate_otherFormats_areCompressedAsAsked(String format, String mediaType) throws IOException {
        ImageGenerateParams.Builder params = small().outputFormat(ImageGenerateParams.OutputFormat.of(format));

        ImagesResponse little =
                client.images().generate(params.outputCompression(10).build());
        ImagesResponse much =
                client.images().generate(params.outputCompression(95).build());

        assertThat(little.outputFormat().orElseThrow().asString()).isEqualTo(format);
        byte[] file = bytes(images(little).get(0));
        assertThat(file).hasSizeLessThan(bytes(images(much).get(0)).length);
        Picture made = PictureReader.read("picture", file);
        Picture same = pipeline.generate(request(7).build()).picture();
        byte[] librarys = io.bottleneck4j.pipeline.PictureBytes.encoded(same, mediaType, OptionalInt.of(10));
        assertThat(made).isEqualTo(PictureReader.read("picture", librarys));
    }

    @Test
    void generateStreaming_tellsPreviewsAndThenThePicture() throws IOException {
        List<ImageGenStreamEvent> events;
        try (StreamResponse<ImageGenStreamEvent> stream =
                client.images().generateStreaming(small().partialImages(2).build())) {
            events = stream.stream().toList();
        }

        assertThat(events).hasSize(3);
        for (int i = 0; i < 2; i++) {
            ImageGenPartialImageEvent partial =
                    events.get(i).asGenerationPartialImage().validate();
            assertThat(partial.partialImageIndex()).isEqualTo(i);
            Picture preview = PictureReader.read("preview", bytes(partial.b64Json()));
            assertThat(preview.width() + "x" + preview.height())
                    .isEqualTo(partial.size().asString());
        }
        ImageGenCompletedEvent completed = events.get(2).asGenerationCompleted().validate();
        assertThat(bytes(completed.b64Json())).isEqualTo(file(request(7)));
        assertThat(completed.usage().totalTokens()).isPositive();
    }

    @Test
    void generateStreaming_severalPictures_eachHasPreviewsAndAnEnd() throws IOException {
        List<ImageGenStreamEvent> events;
        try (StreamResponse<ImageGenStreamEvent> stream =
                client.images().generateStreaming(small().n(2).partialImages(1).build())) {
            events = stream.stream().toList();
        }

        assertThat(events)
                .extracting(ImageGenStreamEvent::isGenerationPartialImage)
                .containsExactly(true, true, false, false);
        assertThat(events.subList(0, 2))
                .allSatisfy(event -> assertThat(event.asGenerationPartialImage().partialImageIndex())
                        .isZero());
        List<ImageGenCompletedEvent> completed = events.subList(2, 4).stream()
                .map(ImageGenStreamEvent::asGenerationCompleted)
                .toList();
        assertThat(completed)
                .extracting(event -> text(event._additionalProperties(), "seed"))
                .containsExactly("7", "8");
        assertThat(bytes(completed.get(1).b64Json())).isEqualTo(file(request(8)));
    }

    @Test
    void generateStreaming_withoutPreviews_isOneEvent() {
        try (StreamResponse<ImageGenStreamEvent> stream = client.images().generateStreaming(small().build())) {
            assertThat(stream.stream().toList())
                    .singleElement()
                    .satisfies(
                            event -> assertThat(event.isGenerationCompleted()).isTrue());
        }
    }

    @Test
    void generateStreaming_progress_doesNotDisturbTheClient() {
        try (StreamResponse<ImageGenStreamEvent> stream = client.images()
                .generateStreaming(small().putAdditionalBodyProperty("progress", JsonValue.from(true))
                        .build())) {
            List<ImageGenStreamEvent> events = stream.stream().toList();

            assertThat(events).hasSizeGreaterThan(2);
            assertThat(events.get(events.size() - 1).isGenerationCompleted()).isTrue();
            assertThat(events.get(0)._json().orElseThrow().toString()).contains("image_generation.");
        }
    }

    @Test
    void edit_ofAFile_isTheLibrarys() throws IOException {
        ImagesResponse response =
                client.images().edit(edit().image(stored("halves.png")).build());

        assertThat(bytes(images(response).get(0)))
                .isEqualTo(file(request(7).initImage(halves()).strength(0.8)));
        assertThat(response.size().orElseThrow().asString()).isEqualTo("32x64");
    }

    @Test
    void edit_ofBytesWithoutAName_isTheSame() throws IOException {
        byte[] picture = Files.readAllBytes(stored("halves.png"));

        ImagesResponse response =
                client.images().edit(edit().image(picture).mask(picture).build());

        assertThat(bytes(images(response).get(0)))
                .isEqualTo(file(request(7).initImage(halves()).mask(halves()).strength(0.8)));
    }

    @Test
    void edit_withMask_changesWhereItIsLight() throws IOException {
        ImagesResponse response = client.images()
                .edit(edit().image(stored("halves.png"))
                        .mask(stored("mask.png"))
                        .n(2)
                        .build());

        assertThat(images(response)).hasSize(2);
        assertThat(bytes(images(response).get(0)))
                .isEqualTo(file(request(7).initImage(halves()).mask(halves()).strength(0.8)));
    }

    @Test
    void edit_ofAListOfOne_isTaken() throws IOException {
        ImageEditParams params = edit().image(MultipartField.<ImageEditParams.Image>builder()
                        .value(ImageEditParams.Image.ofInputStreams(
                                List.of(new ByteArrayInputStream(Files.readAllBytes(stored("halves.png"))))))
                        .filename("halves.png")
                        .contentType("image/png")
                        .build())
                .build();

        assertThat(bytes(images(client.images().edit(params)).get(0)))
                .isEqualTo(file(request(7).initImage(halves()).strength(0.8)));
    }

    @Test
    void editStreaming_tellsPreviewsAndThenThePicture() throws IOException {
        List<ImageEditStreamEvent> events;
        try (StreamResponse<ImageEditStreamEvent> stream = client.images()
                .editStreaming(
                        edit().image(stored("halves.png")).partialImages(1).build())) {
            events = stream.stream().toList();
        }

        assertThat(events).hasSize(2);
        ImageEditPartialImageEvent partial = events.get(0).asPartialImage().validate();
        assertThat(PictureReader.read("preview", bytes(partial.b64Json())).width())
                .isPositive();
        assertThat(bytes(events.get(1).asCompleted().validate().b64Json()))
                .isEqualTo(file(request(7).initImage(halves()).strength(0.8)));
    }

    @Test
    void unknownModel_isNotFound() {
        OpenAIServiceException error = catchThrowableOfType(
                NotFoundException.class,
                () -> client.images().generate(small().model("gpt-image-1").build()));

        assertThat(error.param()).hasValue("model");
        assertThat(error.code()).hasValue("model_not_found");
        assertThat(error.type()).hasValue("invalid_request_error");
        assertThat(error).hasMessageContaining("gpt-image-1").hasMessageContaining("use tiny or tiny-video");
    }

    @Test
    void badSize_isABadRequest() {
        OpenAIServiceException error = catchThrowableOfType(
                BadRequestException.class,
                () -> client.images()
                        .generate(ImageGenerateParams.builder()
                                .prompt("a red fox")
                                .size("1000by1000")
                                .build()));

        assertThat(error.param()).hasValue("size");
        assertThat(error.code()).hasValue("invalid_value");
        assertThat(error).hasMessageContaining("must be as 1024x1024");
    }

    @Test
    void sizeThatTheModelCannotMake_isABadRequestToo() {
        OpenAIServiceException error = catchThrowableOfType(
                BadRequestException.class,
                () -> client.images()
                        .generate(small().putAdditionalBodyProperty("width", JsonValue.from(33))
                                .build()));

        assertThat(error.param()).hasValue("width");
        assertThat(error.code()).hasValue("invalid_value");
    }

    @Test
    void unknownField_isABadRequest() {
        OpenAIServiceException error = catchThrowableOfType(
                BadRequestException.class,
                () -> client.images()
                        .generate(small().putAdditionalBodyProperty("sampler", JsonValue.from("euler"))
                                .build()));

        assertThat(error.param()).hasValue("sampler");
        assertThat(error.code()).hasValue("unknown_parameter");
    }

    @Test
    void badStream_isABadRequestBeforeAnyEvent() {
        OpenAIServiceException error = catchThrowableOfType(BadRequestException.class, () -> {
            try (StreamResponse<ImageGenStreamEvent> stream =
                    client.images().generateStreaming(small().partialImages(4).build())) {
                assertThat(stream).isNull(); // it was refused before
            }
        });

        assertThat(error.param()).hasValue("partial_images");
    }

    @Test
    void fieldsWithoutEffect_areTaken() {
        assertThat(images(client.images()
                        .generate(small().user("someone")
                                .safetyIdentifier("someone")
                                .background(ImageGenerateParams.Background.OPAQUE)
                                .moderation(ImageGenerateParams.Moderation.LOW)
                                .quality(ImageGenerateParams.Quality.AUTO)
                                .build())))
                .hasSize(1);
    }

    @Test
    void models_areListedAndRetrieved() {
        List<Model> models = client.models().list().items();

        assertThat(models).extracting(Model::id).containsExactly("tiny", "tiny-video");
        Model model = client.models().retrieve("tiny").validate();
        assertThat(model.ownedBy()).isEqualTo("bottleneck4j");
        assertThat(model._additionalProperties()).containsKeys("kind", "plans", "default_plan");
        assertThat(catchThrowableOfType(
                                NotFoundException.class, () -> client.models().retrieve("dall-e-3"))
                        .code())
                .hasValue("not_found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a-wrong-key-of-the-same-length", KEY + "x"})
    void wrongKey_isUnauthorized(String key) {
        try (Closing stranger = new Closing(client(server.port(), key))) {
            OpenAIServiceException error = catchThrowableOfType(
                    UnauthorizedException.class, () -> stranger.client.images().generate(small().build()));

            assertThat(error.type()).hasValue("authentication_error");
            assertThat(error.code()).hasValue("invalid_api_key");
        }
    }

    /** A client in a try. */
    private record Closing(OpenAIClient client) implements AutoCloseable {
        @Override
        public void close() {
            client.close();
        }
    }

    @Test
    void retry_afterALostAnswer_makesNoSecondPicture() throws IOException, InterruptedException {
        AtomicInteger requests = new AtomicInteger();
        HttpServer lossy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        lossy.createContext("/", exchange -> {
            try (exchange) {
                HttpRequest request = HttpRequest.newBuilder(
                                server.uri(exchange.getRequestURI().getPath()))
                        .header("Content-Type", "application/json")
                        .header("Authorization", exchange.getRequestHeaders().getFirst("Authorization"))
                        .header(IDEMPOTENCY, exchange.getRequestHeaders().getFirst(IDEMPOTENCY))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(
                                exchange.getRequestBody().readAllBytes()))
                        .build();
                byte[] answer = HttpClient.newHttpClient()
                        .send(request, BodyHandlers.ofByteArray())
                        .body();
                if (requests.incrementAndGet() == 1) {
                    return; // the picture is made, and its answer lost
                }
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        lossy.start();
        try (Closing behind = new Closing(client(lossy.getAddress().getPort(), KEY))) {
            ImagesResponse response = behind.client
                    .images()
                    .generate(small().prompt("a fox that is made once")
                            .putAdditionalHeader(IDEMPOTENCY, "once")
                            .build());

            assertThat(requests).hasValue(2);
            assertThat(images(response)).hasSize(1);
            JsonNode all = get("/v1/images?limit=100").path("data");
            assertThat(all.valueStream()
                            .filter(image -> image.path("prompt").asString().contains("made once")))
                    .singleElement()
                    .satisfies(image -> assertThat(image.path("id").asString())
                            .isEqualTo(text(response._additionalProperties(), "id")));
        } finally {
            lossy.stop(0);
        }
    }

    @Test
    void idempotencyKey_forAnotherRequest_isUnprocessable() {
        client.images()
                .generate(small().putAdditionalHeader(IDEMPOTENCY, "used").build());

        assertThat(catchThrowableOfType(
                                UnprocessableEntityException.class,
                                () -> client.images()
                                        .generate(small().prompt("another fox")
                                                .putAdditionalHeader(IDEMPOTENCY, "used")
                                                .build()))
                        .code())
                .hasValue("idempotency_key_reused");
    }

    @Test
    void stream_closedEarly_cancelsTheJob() throws IOException, InterruptedException {
        String id;
        try (StreamResponse<ImageGenStreamEvent> stream =
                client.images().generateStreaming(slow().partialImages(3).build())) {
            assertThat(stream.stream().iterator().next().isGenerationPartialImage())
                    .isTrue();
            id = get("/v1/images?limit=1").at("/data/0/id").asString();
            assertThat(get("/v1/images/" + id).path("status").asString()).isEqualTo("in_progress");
        }

        JsonNode ended = await(
                "/v1/images/" + id,
                image ->
                        image.has("completed_at") && !image.path("completed_at").isNull());
        assertThat(ended.path("status").asString()).isEqualTo("cancelled");
        assertThat(ended.path("n").asInt()).isEqualTo(10);
    }

    @Test
    void stream_ofAJobThatIsCancelled_endsWithAnError() throws IOException, InterruptedException {
        try (StreamResponse<ImageGenStreamEvent> stream =
                client.images().generateStreaming(slow().partialImages(3).build())) {
            var events = stream.stream().iterator();
            events.next();
            String id = get("/v1/images?limit=1").at("/data/0/id").asString();
            server.post("/v1/images/" + id + "/cancel", "{}", "Authorization", "Bearer " + KEY);

            OpenAIServiceException error =
                    catchThrowableOfType(SseException.class, () -> events.forEachRemaining(event -> {}));
            assertThat(error.code()).hasValue("cancelled");
        }
    }

    private static JsonNode await(String path, Predicate<JsonNode> until) throws IOException, InterruptedException {
        JsonNode now = get(path);
        for (int i = 0; i < 200 && !until.test(now); i++) {
            Thread.sleep(50);
            now = get(path);
        }
        return now;
    }

    private static VideoCreateParams.Builder film() {
        return VideoCreateParams.builder()
                .model("tiny-video")
                .prompt("a cat walks")
                .size(VideoSize.of("48x32"))
                .seconds(VideoSeconds.of("1"))
                .putAdditionalBodyProperty("fps", JsonValue.from(5))
                .putAdditionalBodyProperty("plan", JsonValue.from("baseline"))
                .putAdditionalBodyProperty("num_inference_steps", JsonValue.from(2));
    }

    @Test
    void video_isCreatedFetchedListedAndDeleted() throws IOException, InterruptedException {
        Video queued = client.videos().create(film().build());
        assertThat(queued.size().asString()).isEqualTo("48x32");
        assertThat(queued.seconds().asString()).isEqualTo("1");
        assertThat(queued.progress()).isBetween(0L, 100L);

        Video video = await(queued.id());

        assertThat(video.status()).isEqualTo(Video.Status.COMPLETED);
        assertThat(video.progress()).isEqualTo(100);
        assertThat(video.size().asString()).isEqualTo("48x32");
        assertThat(video.seconds().asString()).isEqualTo("1");
        assertThat(video.prompt()).hasValue("a cat walks");
        assertThat(video.expiresAt().orElseThrow())
                .isGreaterThan(video.completedAt().orElseThrow());
        VideoListPage page = client.videos().list();
        assertThat(page.items()).extracting(Video::id).contains(video.id());
        assertThat(frames(video.id())).isEqualTo(5);
        assertThat(client.videos().delete(video.id()).deleted()).isTrue();
        assertThat(catchThrowableOfType(
                        NotFoundException.class, () -> client.videos().retrieve(video.id())))
                .isNotNull();
    }

    private static Video await(String id) throws InterruptedException {
        Video now = client.videos().retrieve(id);
        for (int i = 0; i < 200 && now.completedAt().isEmpty(); i++) {
            Thread.sleep(50);
            now = client.videos().retrieve(id);
        }
        return now;
    }

    private static int frames(String id) throws IOException {
        Path file = folder.resolve(id + ".mp4");
        try (HttpResponse content = client.videos().downloadContent(id);
                InputStream body = content.body()) {
            assertThat(content.headers().values("Content-Type")).containsExactly("video/mp4");
            Files.copy(body, file);
        }
        int frames = 0;
        try (VideoReader reader = VideoReader.open(file)) {
            while (reader.next() != null) {
                frames++;
            }
        }
        return frames;
    }

    @Test
    void videos_pageByPage_areAllThereOnce() throws InterruptedException {
        List<String> made = List.of(
                await(client.videos().create(film().build()).id()).id(),
                await(client.videos().create(film().build()).id()).id());

        List<String> listed = client
                .videos()
                .list(VideoListParams.builder().limit(1).build())
                .autoPager()
                .stream()
                .map(Video::id)
                .toList();

        assertThat(listed).containsSubsequence(made.get(1), made.get(0)).doesNotHaveDuplicates();
        assertThat(catchThrowableOfType(
                                BadRequestException.class,
                                () -> client.videos()
                                        .list(VideoListParams.builder()
                                                .order(VideoListParams.Order.ASC)
                                                .build()))
                        .param())
                .hasValue("order");
    }

    @Test
    void video_contentWhileItRuns_isNotFound() {
        Video running = client.videos()
                .create(VideoCreateParams.builder()
                        .prompt("a slow cat")
                        .size(VideoSize.of("256x256"))
                        .putAdditionalBodyProperty("num_frames", JsonValue.from(33))
                        .putAdditionalBodyProperty("num_inference_steps", JsonValue.from(200))
                        .putAdditionalBodyProperty("plan", JsonValue.from("baseline"))
                        .build());

        assertThat(catchThrowableOfType(
                                NotFoundException.class, () -> client.videos().downloadContent(running.id()))
                        .code())
                .hasValue("not_found");
        assertThat(client.videos().delete(running.id()).deleted()).isTrue();
    }

    @Test
    void video_fromAPicture_isRefused() throws IOException {
        OpenAIServiceException error = catchThrowableOfType(
                BadRequestException.class,
                () -> client.videos()
                        .create(film().inputReference(stored("halves.png")).build()));

        assertThat(error.param()).hasValue("input_reference");
    }
}
