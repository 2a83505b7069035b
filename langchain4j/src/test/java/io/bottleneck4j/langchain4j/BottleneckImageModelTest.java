package io.bottleneck4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.Response;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.langchain4j.BottleneckImageModel.BottleneckImageModelBuilder;
import io.bottleneck4j.langchain4j.spi.BottleneckImageModelBuilderFactory;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PictureReader;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's contract, against the library's own pictures of a tiny random model. */
class BottleneckImageModelTest {
    private static final Path FOLDER = Golden.folder("tiny-a");
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    private static final PlanSpec PLAN = new PlanSpec(
            "short",
            List.of(
                    new StageSpec(64, 64, 2, 1, 3),
                    new StageSpec(32, 32, 4, 0.5, 2),
                    new StageSpec(64, 64, 4, 0.5, 3)));

    private static Pipeline pipeline;
    private static BottleneckImageModel images;

    @TempDir
    private Path temp;

    @BeforeAll
    static void open() {
        pipeline = Model.open(FOLDER).pipeline(FLOAT32);
        images = tiny().seed(7).build();
    }

    @AfterAll
    static void close() {
        images.close();
        pipeline.close();
    }

    private static BottleneckImageModelBuilder tiny() {
        return BottleneckImageModel.builder()
                .model(FOLDER)
                .execution(FLOAT32)
                .plan(PLAN)
                .maxSequenceLength(32);
    }

    private static Request.Builder request(long seed) {
        return pipeline.model()
                .request("a red fox")
                .plan(PLAN)
                .maxSequenceLength(32)
                .seed(seed);
    }

    /** The file that the library writes. */
    private byte[] file(Request.Builder request, String ending) throws IOException {
        Path file = temp.resolve("own" + ending);
        pipeline.generate(request.build()).write(file);
        return Files.readAllBytes(file);
    }

    private static byte[] bytes(Image image) {
        return Base64.getDecoder().decode(image.base64Data());
    }

    /** A picture as a user has one: its left half light, its right half dark. */
    private static Picture halves() {
        byte[] rgb = new byte[64 * 64 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % 64 < 32 ? 220 : 20);
        }
        return new Picture(64, 64, rgb);
    }

    private static Image image(Picture picture) {
        return Image.builder()
                .base64Data(Base64.getEncoder().encodeToString(PngWriter.bytes(picture, Map.of())))
                .mimeType("image/png")
                .build();
    }

    @Test
    void generate_isTheLibrarysFile() throws IOException {
        Response<Image> response = images.generate("a red fox");
        Image image = response.content();
        assertThat(bytes(image)).isEqualTo(file(request(7), ".png"));
        assertThat(image.mimeType()).isEqualTo("image/png");
        assertThat(image.url()).isNull();
        assertThat(response.metadata()).isEqualTo(Map.of("seed", 7L));
        Path file = Files.write(temp.resolve("fox.png"), bytes(image));
        Settings stored = Objects.requireNonNull(Settings.read(file, Model.Kind.PICTURE));
        assertThat(stored.seed()).isEqualTo(7);
        assertThat(stored.prompt()).isEqualTo("a red fox");
    }

    @Test
    void generate_asJpeg_isTheLibrarysFile() throws IOException {
        try (BottleneckImageModel jpeg = tiny().seed(7).mimeType("image/jpeg").build()) {
            Image image = jpeg.generate("a red fox").content();
            assertThat(image.mimeType()).isEqualTo("image/jpeg");
            assertThat(bytes(image)).isEqualTo(file(request(7), ".jpg"));
        }
    }

    @Test
    void generate_ofSeveral_countsSeedsUpward() throws IOException {
        Response<List<Image>> response = images.generate("a red fox", 3);
        assertThat(response.content()).hasSize(3);
        assertThat(response.metadata()).isEqualTo(Map.of("seeds", List.of(7L, 8L, 9L)));
        for (int i = 0; i < 3; i++) {
            assertThat(bytes(response.content().get(i))).as("picture " + i).isEqualTo(file(request(7 + i), ".png"));
        }
        assertThatThrownBy(() -> images.generate("a red fox", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("n: must be at least 1, not 0; leave it out for one picture");
    }

    @Test
    void generate_withoutASeed_drawsOneEachTime_andTellsIt() throws IOException {
        try (BottleneckImageModel random = BottleneckImageModel.builder()
                .pipeline(pipeline)
                .plan(PLAN)
                .maxSequenceLength(32)
                .build()) {
            Response<Image> one = random.generate("a red fox");
            Response<Image> other = random.generate("a red fox");
            assertThat(one.metadata()).isNotEqualTo(other.metadata());
            long seed = (Long) Objects.requireNonNull(one.metadata().get("seed"));
            assertThat(bytes(one.content())).isEqualTo(file(request(seed), ".png"));
        }
    }

    @Test
    void settings_reachTheRequest() throws IOException {
        try (BottleneckImageModel all = BottleneckImageModel.builder()
                .pipeline(pipeline)
                .plan("baseline")
                .size(32, 64)
                .seed(3)
                .guidance(2)
                .negativePrompt("blurry")
                .trueCfgScale(1.5)
                .maxSequenceLength(32)
                .build()) {
            assertThat(bytes(all.generate("a red fox").content()))
                    .isEqualTo(file(
                            pipeline.model()
                                    .request("a red fox")
                                    .plan("baseline")
                                    .size(32, 64)
                                    .seed(3)
                                    .guidance(2)
                                    .negativePrompt("blurry")
                                    .trueCfgScale(1.5)
                                    .maxSequenceLength(32),
                            ".png"));
        }
    }

    @Test
    void edit_startsFromThePicture() throws IOException {
        Image edited = images.edit(image(halves()), "a red fox").content();
        assertThat(bytes(edited)).isEqualTo(file(request(7).initImage(halves()), ".png"));
        try (BottleneckImageModel weak = tiny().seed(7).strength(0.3).build()) {
            Image less = weak.edit(image(halves()), "a red fox").content();
            assertThat(bytes(less))
                    .isEqualTo(file(request(7).initImage(halves()).strength(0.3), ".png"));
            assertThat(bytes(less)).isNotEqualTo(bytes(edited));
            assertThat(bytes(weak.generate("a red fox").content()))
                    .as("strength is of edits alone")
                    .isEqualTo(file(request(7), ".png"));
        }
    }

    @Test
    void edit_withAMask_changesOnlyTheLightPart() throws IOException {
        Image edited =
                images.edit(image(halves()), image(halves()), "a red fox").content();
        assertThat(bytes(edited))
                .isEqualTo(file(request(7).initImage(halves()).mask(halves()), ".png"))
                .isNotEqualTo(bytes(images.edit(image(halves()), "a red fox").content()));
    }

    /** As OpenAI has it: the hole may change, whatever colour is in it. */
    @Test
    void edit_withAHoleInTheMask_changesTheHole() throws IOException {
        BufferedImage holed = new BufferedImage(64, 64, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 64 * 64; i++) {
            holed.setRGB(i % 64, i / 64, i % 64 < 32 ? 0x00000000 : 0xffffffff);
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(holed, "png", file);
        Image mask = Image.builder()
                .base64Data(Base64.getEncoder().encodeToString(file.toByteArray()))
                .build();
        assertThat(bytes(images.edit(image(halves()), mask, "a red fox").content()))
                .isEqualTo(file(request(7).initImage(halves()).mask(halves()), ".png"));
    }

    @Test
    void edit_withoutASize_isAsLargeAsThePicture() throws IOException {
        try (BottleneckImageModel own = BottleneckImageModel.builder()
                .pipeline(pipeline)
                .plan("baseline")
                .maxSequenceLength(32)
                .build()) {
            Picture small = new Picture(48, 32, new byte[48 * 32 * 3]);
            Picture made = PictureReader.read(
                    "made", bytes(own.edit(image(small), "a red fox").content()));
            assertThat(List.of(made.width(), made.height())).isEqualTo(List.of(48, 32));
        }
    }

    /** FLUX.1-Kontext starts from noise alone, and sees the picture. */
    @Test
    void edit_byKontext_seesThePicture() throws IOException {
        Path folder = TinyFolder.copy("tiny-a", temp.resolve("kontext"))
                .edit("model_index.json", index -> index.put("_class_name", "FluxKontextPipeline"))
                .path();
        PlanSpec plan = new PlanSpec("short", List.of(new StageSpec(64, 64, 2, 1, 3)));
        try (BottleneckImageModel kontext = BottleneckImageModel.builder()
                .model(folder)
                .execution(FLOAT32)
                .plan(plan)
                .maxSequenceLength(32)
                .seed(7)
                .build()) {
            byte[] seen = bytes(kontext.edit(image(halves()), "a red fox").content());
            assertThat(seen).isNotEqualTo(bytes(kontext.generate("a red fox").content()));
            assertThatThrownBy(() -> kontext.edit(image(halves()), image(halves()), "a red fox"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("mask: FLUX.1-Kontext sees the whole picture; leave it out");
        }
    }

    @Test
    void edit_ofAUrl_orNothing_orNoPicture_isRefused() {
        Image web = Image.builder().url("https://example.com/cat.png").build();
        assertThatThrownBy(() -> images.edit(web, "a red fox"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("image: must hold the bytes of its file, not the URL https://example.com/cat.png;"
                        + " read it yourself, and give base64Data");
        Image disk = Image.builder().url("file:///etc/passwd").build();
        assertThatThrownBy(() -> images.edit(image(halves()), disk, "a red fox"))
                .hasMessageStartingWith("mask: must hold the bytes of its file, not the URL file:///etc/passwd");
        assertThatThrownBy(() -> images.edit(Image.builder().build(), "a red fox"))
                .hasMessageStartingWith("image: must hold the bytes of its file, not nothing");
        assertThatThrownBy(() -> images.edit(Image.builder().base64Data("AAAA").build(), "a red fox"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("image: must be a PNG, JPEG or WebP picture");
    }

    @Test
    void lora_changesThePictures() throws IOException {
        Path lora = Golden.ROOT.resolve("lora/files/kohya.safetensors");
        try (BottleneckImageModel styled = tiny().seed(7).lora(lora, 0.8).build();
                Pipeline own = Model.open(FOLDER).withLora(lora, 0.8).pipeline(FLOAT32)) {
            Path file = temp.resolve("styled.png");
            own.generate(own.model()
                            .request("a red fox")
                            .plan(PLAN)
                            .maxSequenceLength(32)
                            .seed(7)
                            .build())
                    .write(file);
            assertThat(bytes(styled.generate("a red fox").content()))
                    .isEqualTo(Files.readAllBytes(file))
                    .isNotEqualTo(bytes(images.generate("a red fox").content()));
        }
    }

    @Test
    void threads_getTheirOwnPictures() throws Exception {
        byte[] fox = bytes(images.generate("a red fox").content());
        byte[] owl = bytes(images.generate("a white owl").content());
        assertThat(fox).isNotEqualTo(owl);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<Image>> made = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String prompt = i % 2 == 0 ? "a red fox" : "a white owl";
                made.add(threads.submit(() -> images.generate(prompt).content()));
            }
            for (int i = 0; i < 4; i++) {
                assertThat(bytes(made.get(i).get())).as("call " + i).isEqualTo(i % 2 == 0 ? fox : owl);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void listener_isTold_andCancels() {
        List<Integer> steps = new ArrayList<>();
        JobListener stop = new JobListener() {
            @Override
            public void onStep(Step step) {
                steps.add(step.at().stepsBefore());
                if (steps.size() == 2) {
                    throw new CancellationException("enough");
                }
            }
        };
        try (BottleneckImageModel told = BottleneckImageModel.builder()
                .pipeline(pipeline)
                .plan(PLAN)
                .maxSequenceLength(32)
                .listener(stop)
                .build()) {
            assertThatThrownBy(() -> told.generate("a red fox"))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("enough");
        }
        assertThat(steps).containsExactly(0, 1);
    }

    @Test
    void build_ofWhatCannotRun_isRefused() {
        assertRefused(
                BottleneckImageModel.builder(),
                "model: must be given, and is not; name a folder of a model that makes pictures");
        assertRefused(
                tiny().pipeline(pipeline),
                "model: belongs to the pipeline, which is given already; leave one of" + " them out");
        assertRefused(
                BottleneckImageModel.builder().pipeline(pipeline).lora(Path.of("style.safetensors"), 1),
                "lora: belongs to the pipeline, which is given already; leave one of them out");
        assertRefused(
                tiny().mimeType("image/gif"),
                "mime-type: must be image/png or image/jpeg, not 'image/gif'; use image/png");
        assertThatThrownBy(() -> tiny().plan("x9").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("x9");
        assertThatThrownBy(() -> tiny().plan("baseline").size(1000, 1001).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("width: 1000 px is not a multiple of 16; use 992 or 1008");
        assertThatThrownBy(() -> BottleneckImageModel.builder()
                        .model(Golden.folder("hunyuan-a"))
                        .build())
                .hasMessageEndingWith("hunyuan-a makes videos, not pictures; take a FLUX.1 model");
        assertThatThrownBy(() -> BottleneckImageModel.builder().model(temp.resolve("none")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none");
        try (BottleneckImageModel wrong = tiny().trueCfgScale(0.5).build()) {
            assertThatThrownBy(() -> wrong.generate("a red fox"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("true-cfg-scale: must be at least 1 (off), not 0.5");
        }
    }

    private static void assertRefused(BottleneckImageModelBuilder builder, String message) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void close_closesItsOwnPipelineAlone() {
        BottleneckImageModel own = tiny().build();
        own.close();
        assertThatThrownBy(() -> own.generate("a red fox"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("pipeline: is closed");
        BottleneckImageModel.builder().pipeline(pipeline).build().close();
        assertThat(pipeline.generate(request(7).build()).frames()).hasSize(1);
    }

    /** What a framework puts in place of the builder. */
    public static final class OwnFactory implements BottleneckImageModelBuilderFactory {
        @Override
        public BottleneckImageModelBuilder get() {
            return new OwnBuilder();
        }
    }

    /** One that sets something beforehand. */
    public static final class OwnBuilder extends BottleneckImageModelBuilder {
        OwnBuilder() {
            seed(42);
        }
    }

    @Test
    void builder_isTheFactorysWhereThereIsOne() throws IOException {
        assertThat(BottleneckImageModel.builder()).isExactlyInstanceOf(BottleneckImageModelBuilder.class);
        Path services = Files.createDirectories(temp.resolve("META-INF/services"));
        Files.writeString(
                services.resolve(BottleneckImageModelBuilderFactory.class.getName()), OwnFactory.class.getName());
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader with =
                new URLClassLoader(new URL[] {temp.toUri().toURL()}, getClass().getClassLoader())) {
            thread.setContextClassLoader(with);
            assertThat(BottleneckImageModel.builder()).isExactlyInstanceOf(OwnBuilder.class);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void model_isOneOfLangChain4js() {
        ImageModel portable = images;
        Function<String, Response<Image>> use = portable::generate;
        assertThat(bytes(use.apply("a red fox").content())).startsWith(0x89, 'P', 'N', 'G');
    }
}
