package io.bottleneck4j.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImageOptionsBuilder;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import org.springframework.ai.image.observation.DefaultImageModelObservationConvention;
import org.springframework.ai.image.observation.ImageModelObservationContext;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;

/** Spring AI's contract, against the library's own pictures of a tiny random model. */
class BottleneckImageModelTest {
    private static Pipeline pipeline;
    private static ImageModel images;

    @TempDir
    private Path temp;

    @BeforeAll
    static void open() {
        pipeline = Model.open(Tiny.FOLDER).pipeline(Tiny.FLOAT32);
        images = model().build();
    }

    @AfterAll
    static void close() {
        pipeline.close();
    }

    private static BottleneckImageModel.Builder model() {
        return BottleneckImageModel.builder()
                .pipeline(pipeline)
                .options(Tiny.options().build());
    }

    private static ImageGeneration made(ImagePrompt prompt) {
        return Objects.requireNonNull(images.call(prompt).getResult());
    }

    private static ImagePrompt fox(ImageOptions options) {
        return new ImagePrompt("a red fox", options);
    }

    private static ImagePrompt edit(ImageOptions options, Media... media) {
        return new ImagePrompt(new ImageMessage("a red fox", null, List.of(media), Map.of()), options);
    }

    private static Media picture(String name) {
        return Media.builder()
                .mimeType(MimeTypeUtils.IMAGE_PNG)
                .data(new ByteArrayResource(Tiny.png(Tiny.halves())))
                .name(name)
                .build();
    }

    @Test
    void call_isTheLibrarysFile() throws IOException {
        ImageGeneration made = made(new ImagePrompt("a red fox"));
        assertThat(Tiny.bytes(made)).isEqualTo(Tiny.file(pipeline, Tiny.request(pipeline, 7), temp.resolve("own.png")));
        assertThat(made.getOutput().getUrl()).isNull();
        assertThat(made.getMetadata()).isEqualTo(new BottleneckImageGenerationMetadata(7, "image/png"));
    }

    @Test
    void call_withoutOptions_isAnsweredToo() throws IOException {
        assertThat(Tiny.bytes(made(new ImagePrompt(List.of(new ImageMessage("a red fox"))))))
                .isEqualTo(Tiny.file(pipeline, Tiny.request(pipeline, 7), temp.resolve("own.png")));
    }

    @Test
    void call_withPortableOptions_heedsThem() throws IOException {
        ImageOptions portable = ImageOptionsBuilder.builder()
                .n(2)
                .width(64)
                .height(32)
                .responseFormat("b64_json")
                .build();
        ImageResponse response = images.call(fox(portable));
        assertThat(response.getResults()).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(Tiny.bytes(response.getResults().get(i)))
                    .as("picture " + i)
                    .isEqualTo(
                            Tiny.file(pipeline, Tiny.request(pipeline, 7 + i).size(64, 32), temp.resolve("own.png")));
        }
    }

    @Test
    void call_withItsOwnOptions_heedsAll() throws IOException {
        ImageOptions own = BottleneckImageOptions.builder()
                .seed(-1L)
                .plan("paper-baseline")
                .guidance(2.0)
                .negativePrompt("blurry")
                .trueCfgScale(1.5)
                .maxSequenceLength(16)
                .mimeType("image/jpeg")
                .build();
        ImageGeneration made = made(fox(own));
        assertThat(Tiny.bytes(made))
                .isEqualTo(Tiny.file(
                        pipeline,
                        Tiny.request(pipeline, -1)
                                .plan("paper-baseline")
                                .guidance(2)
                                .negativePrompt("blurry")
                                .trueCfgScale(1.5)
                                .maxSequenceLength(16),
                        temp.resolve("own.jpg")));
        assertThat(made.getMetadata()).isEqualTo(new BottleneckImageGenerationMetadata(-1, "image/jpeg"));
    }

    @Test
    void call_withoutASeed_drawsOneEachTime_andTellsIt() throws IOException {
        ImageModel random = BottleneckImageModel.builder()
                .pipeline(pipeline)
                .options(Tiny.options().seed(null).build())
                .build();
        ImageGeneration one =
                Objects.requireNonNull(random.call(new ImagePrompt("a red fox")).getResult());
        ImageGeneration other =
                Objects.requireNonNull(random.call(new ImagePrompt("a red fox")).getResult());
        assertThat(one.getMetadata()).isNotEqualTo(other.getMetadata());
        long seed = ((BottleneckImageGenerationMetadata) one.getMetadata()).seed();
        assertThat(Tiny.bytes(one))
                .isEqualTo(Tiny.file(pipeline, Tiny.request(pipeline, seed), temp.resolve("own.png")));
    }

    @Test
    void media_areThePictureAndItsMask() throws IOException {
        byte[] edited = Tiny.bytes(made(edit(BottleneckImageOptions.builder().build(), picture("sketch"))));
        assertThat(edited)
                .isEqualTo(Tiny.file(
                        pipeline, Tiny.request(pipeline, 7).initImage(Tiny.halves()), temp.resolve("own.png")));
        ImageOptions strong = BottleneckImageOptions.builder().strength(0.9).build();
        assertThat(Tiny.bytes(made(edit(strong, picture(BottleneckImageModel.MASK), picture("sketch")))))
                .isEqualTo(Tiny.file(
                        pipeline,
                        Tiny.request(pipeline, 7)
                                .initImage(Tiny.halves())
                                .mask(Tiny.halves())
                                .strength(0.9),
                        temp.resolve("own.png")))
                .isNotEqualTo(Tiny.bytes(made(edit(strong, picture("sketch")))))
                .isNotEqualTo(edited);
    }

    /** As OpenAI has it: the hole may change, whatever colour is in it. */
    @Test
    void mask_withAHole_isLightThere() throws IOException {
        BufferedImage holed = new BufferedImage(32, 64, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 32 * 64; i++) {
            holed.setRGB(i % 32, i / 32, i < 32 * 32 ? 0x00000000 : 0xffffffff);
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(holed, "png", file);
        Media mask = Media.builder()
                .mimeType(MimeTypeUtils.IMAGE_PNG)
                .data(new ByteArrayResource(file.toByteArray()))
                .name(BottleneckImageModel.MASK)
                .build();
        ImageOptions none = BottleneckImageOptions.builder().build();
        assertThat(Tiny.bytes(made(edit(none, picture("sketch"), mask))))
                .isEqualTo(Tiny.file(
                        pipeline,
                        Tiny.request(pipeline, 7).initImage(Tiny.halves()).mask(Tiny.halves()),
                        temp.resolve("own.png")));
    }

    @Test
    void media_thatAreNoPictures_areRefused() {
        ImageOptions none = BottleneckImageOptions.builder().build();
        Media web = new Media(MimeTypeUtils.IMAGE_PNG, URI.create("https://example.com/cat.png"));
        assertThatThrownBy(() -> images.call(edit(none, web)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("image: must hold the bytes of its file, not the URL https://example.com/cat.png;"
                        + " read it yourself, and give a Resource");
        Media text = new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(new byte[] {1, 2, 3}));
        assertThatThrownBy(() -> images.call(edit(none, text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("image: must be a PNG, JPEG or WebP picture");
        assertThatThrownBy(() -> images.call(edit(none, picture("one"), picture("other"))))
                .hasMessage("media: must be a picture, and one named 'mask' where there is a mask, not 2; leave the"
                        + " others out");
        assertThatThrownBy(() -> images.call(edit(none, picture("mask"))))
                .hasMessage("mask: needs a picture to change; give init-image too");
    }

    @Test
    void prompt_thatCannotBeMade_isRefused() {
        assertRefused(
                ImageOptionsBuilder.builder().responseFormat("url").build(),
                "response-format: must be b64_json, not 'url': pictures are made in this process and have no URL;"
                        + " use b64_json");
        assertRefused(
                ImageOptionsBuilder.builder().style("vivid").build(),
                "style: is known to no FLUX.1 model, and is 'vivid'; say it in the prompt");
        assertRefused(
                ImageOptionsBuilder.builder().n(0).build(),
                "n: must be at least 1, not 0; leave it out for one picture");
        assertRefused(
                ImageOptionsBuilder.builder().model("dall-e-3").build(),
                "model: must be " + pipeline.model().name() + ", which runs here, not 'dall-e-3'; leave it out, or make"
                        + " a bean of that model");
        assertThatThrownBy(() -> images.call(fox(
                        ImageOptionsBuilder.builder().width(1000).height(1001).build())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("width: 1000 px is not a multiple of 16; use 992 or 1008");
        assertThatThrownBy(() -> images.call(
                        new ImagePrompt(List.of(new ImageMessage("a red fox"), new ImageMessage("a white owl")))))
                .hasMessage("prompt: must have one message, not 2; say all in one");
        assertThatThrownBy(() -> images.call(new ImagePrompt(List.of(new ImageMessage("blurry", -1f)))))
                .hasMessage(
                        "weight: must be 1 or absent, not -1.0; for what a picture should not show there is the option"
                                + " negativePrompt");
        assertThatThrownBy(() -> BottleneckImageOptions.builder().width(32).build())
                .hasMessage("height: must be given with the width, and is not; give both or neither");
        assertThatThrownBy(() ->
                        BottleneckImageOptions.builder().mimeType("image/gif").build())
                .hasMessageStartingWith("mime-type: must be image/png or image/jpeg, not 'image/gif'");
        try (Pipeline videos = Model.open(Golden.folder("hunyuan-a")).pipeline(Tiny.FLOAT32)) {
            ImageModel wrong = BottleneckImageModel.builder().pipeline(videos).build();
            assertThatThrownBy(() -> wrong.call(new ImagePrompt("a red fox")))
                    .hasMessageEndingWith("hunyuan-a makes videos, not pictures; take a FLUX.1 model");
        }
    }

    private static void assertRefused(ImageOptions options, String message) {
        assertThatThrownBy(() -> images.call(fox(options)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void call_isObserved() {
        TestObservationRegistry registry = TestObservationRegistry.create();
        ImageModel observed = model().observationRegistry(registry).build();
        observed.call(new ImagePrompt("a red fox"));
        TestObservationRegistryAssert.assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasObservationWithNameEqualTo("gen_ai.client.operation")
                .that()
                .hasContextualNameEqualTo("image " + pipeline.model().name())
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "image")
                .hasLowCardinalityKeyValue("gen_ai.system", "bottleneck4j")
                .hasLowCardinalityKeyValue(
                        "gen_ai.request.model", pipeline.model().name())
                .hasHighCardinalityKeyValue("gen_ai.request.image.response_format", "b64_json")
                .hasHighCardinalityKeyValue("gen_ai.request.image.size", "32x64")
                .hasBeenStarted()
                .hasBeenStopped()
                .satisfies(context -> assertThat(((ImageModelObservationContext) context).getResponse())
                        .isNotNull());
    }

    @Test
    void call_thatFails_isObservedWithItsError() {
        TestObservationRegistry registry = TestObservationRegistry.create();
        JobListener stop = new JobListener() {
            @Override
            public void onStep(Step step) {
                throw new CancellationException("enough");
            }
        };
        ImageModel stopped = model().observationRegistry(registry)
                .observationConvention(new DefaultImageModelObservationConvention() {
                    @Override
                    public String getName() {
                        return "own.name";
                    }
                })
                .listener(stop)
                .build();
        assertThatThrownBy(() -> stopped.call(new ImagePrompt("a red fox")))
                .isInstanceOf(CancellationException.class)
                .hasMessage("enough");
        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo("own.name")
                .that()
                .hasError()
                .hasBeenStopped();
    }

    @Test
    void threads_getTheirOwnPictures() throws Exception {
        byte[] fox = Tiny.bytes(made(new ImagePrompt("a red fox")));
        byte[] owl = Tiny.bytes(made(new ImagePrompt("a white owl")));
        assertThat(fox).isNotEqualTo(owl);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<ImageGeneration>> made = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String prompt = i % 2 == 0 ? "a red fox" : "a white owl";
                made.add(threads.submit(() -> made(new ImagePrompt(prompt))));
            }
            for (int i = 0; i < 4; i++) {
                assertThat(Tiny.bytes(made.get(i).get())).as("call " + i).isEqualTo(i % 2 == 0 ? fox : owl);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
