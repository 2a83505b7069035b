package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vision.GoldenPictures;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * FLUX.1-Fill and FLUX.1-Kontext, in float32, against diffusers' FluxFillPipeline and FluxKontextPipeline, and under a plan against the
 * oracle. Fill is a single file of a transformer on tiny-a, Kontext is tiny-a under another pipeline's name.
 */
class EditGoldenTest {
    private static final Path FILL = Golden.ROOT.resolve("edit/fill-transformer.safetensors");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private static Model fill() {
        return Model.open(ModelFiles.of(FILL).base(Golden.folder("tiny-a")));
    }

    private Model kontext() throws IOException {
        return Model.open(copy("model_index.json", "_class_name", "FluxKontextPipeline"));
    }

    /** tiny-a with another value in one of its files. */
    private Path copy(String file, String key, Object value) throws IOException {
        Path from = Golden.folder("tiny-a");
        try (Stream<Path> all = Files.walk(from)) {
            all.forEach(path -> {
                try {
                    Files.copy(path, folder.resolve(from.relativize(path).toString()));
                } catch (java.nio.file.FileAlreadyExistsException e) {
                    assertThat(path).isDirectory(); // the folder itself
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        put(folder.resolve(file), key, value);
        return folder;
    }

    private static void put(Path file, String key, Object value) throws IOException {
        ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
        Files.writeString(file, json.putPOJO(key, value).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fill", "fill-strength"})
    void fill_baseline_equalsDiffusers(String name) {
        generate(name, fill());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fill-stages", "fill-two-stages"})
    void fill_stages_equalsOracle(String name) {
        generateStages(name, fill());
    }

    @ParameterizedTest
    @ValueSource(strings = {"kontext", "kontext-true-cfg"})
    void kontext_baseline_equalsDiffusers(String name) throws IOException {
        generate(name, kontext());
    }

    @Test
    void kontext_stages_equalsOracle() throws IOException {
        generateStages("kontext-stages", kontext());
    }

    private static void generate(String name, Model model) {
        try (Golden golden = Golden.open("edit/" + name);
                Pipeline flux = model.pipeline(Tiny.FLOAT32)) {
            JsonNode json = golden.json();
            Planner.Size size = Planner.Size.of(
                    json.get("width").asInt(), json.get("height").asInt());
            OptionalInt steps = OptionalInt.of(json.get("num_inference_steps").asInt());
            Request.Builder request = request(golden, flux)
                    .guidance(json.get("guidance_scale").asDouble())
                    .maxSequenceLength(json.get("max_sequence_length").asInt())
                    .plan(model.planner().baseline(size, steps, OptionalDouble.empty()));
            if (json.has("true_cfg_scale")) {
                request.trueCfgScale(json.get("true_cfg_scale").asDouble())
                        .negativePrompt(json.get("negative_prompt").asText(""));
            }
            assertGenerates(golden, flux, request.build());
        }
    }

    private static void generateStages(String name, Model model) {
        try (Golden golden = Golden.open("edit/" + name);
                Pipeline flux = model.pipeline(Tiny.FLOAT32)) {
            JsonNode json = golden.json();
            Request request = request(golden, flux)
                    .guidance(json.get("guidance").asDouble())
                    .maxSequenceLength(json.get("max_length").asInt())
                    .plan(model.planner().written(GoldenRuns.spec(json)))
                    .build();
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            assertGenerates(golden, flux, request);
        }
    }

    private static Request.Builder request(Golden golden, Pipeline flux) {
        JsonNode json = golden.json();
        Request.Builder request = flux.model()
                .request(json.get("prompt").asText())
                .seed(json.get("seed").asLong())
                .initImage(GoldenPictures.picture(golden, "in.picture"));
        if (json.has("strength")) {
            request.strength(json.get("strength").asDouble());
        }
        return golden.has("in.mask") ? request.mask(GoldenPictures.picture(golden, "in.mask")) : request;
    }

    private static void assertGenerates(Golden golden, Pipeline flux, Request request) {
        Latents latents = flux.denoise(request, flux.encode(request));
        golden.assertClose("latents", latents.values(), 2e-3);
        GoldenRuns.assertPixels(golden.longs("picture"), flux.still(latents).rgb());
    }

    /** Of a cache that asks the model at every step; hidden states must be those of the result alone. */
    @Test
    void kontext_withHiddenCache_isAsWithout() throws IOException {
        Model model = kontext();
        try (Pipeline flux = model.pipeline(Tiny.FLOAT32)) {
            Request.Builder request =
                    model.request("a fox").initImage(picture(70, 50)).maxSequenceLength(16);
            Planner planner = model.planner();
            Plan plain = planner.named("baseline", Planner.Size.of(64, 48));
            Request without = request.plan(plain).build();
            for (String cache : new String[] {"taylor:feature=hidden:every=1", "toca:every=1"}) {
                Request with = request.plan(planner.named("baseline+" + cache, Planner.Size.of(64, 48)))
                        .build();
                float[] expected = flux.denoise(without, flux.encode(without)).values();
                float[] found = flux.denoise(with, flux.encode(with)).values();
                assertThat(found).as(cache).containsExactly(expected, org.assertj.core.data.Offset.offset(1e-4f));
            }
        }
    }

    private static Picture picture(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 7);
        }
        return new Picture(width, height, rgb);
    }

    @Test
    void fill_needsAPictureAndAMask() {
        Model model = fill();
        assertThat(model.defaultGuidance()).isEqualTo(30);
        assertThat(model.request("x")
                        .plan("baseline")
                        .initImage(picture(64, 64))
                        .mask(picture(64, 64))
                        .build()
                        .plan()
                        .stages()
                        .executedSteps())
                .isEqualTo(50);
        assertThatThrownBy(() -> model.request("x").build())
                .hasMessage("init-image: " + model.name()
                        + " is a FLUX.1-Fill, which fills a part of a picture; give init-image and mask");
        assertThatThrownBy(() -> model.request("x").initImage(picture(64, 64)).build())
                .hasMessageStartingWith("mask: FLUX.1-Fill fills a part of the picture");
    }

    @Test
    void kontext_takesNeitherMaskNorStrength_andALearntSize() throws IOException {
        Model model = kontext();
        assertThatThrownBy(() -> model.request("x")
                        .initImage(picture(64, 64))
                        .mask(picture(64, 64))
                        .build())
                .hasMessageStartingWith("mask: FLUX.1-Kontext sees the whole picture");
        assertThatThrownBy(() -> model.request("x")
                        .initImage(picture(64, 64))
                        .strength(0.6)
                        .build())
                .hasMessageStartingWith("strength: FLUX.1-Kontext sees the picture and starts from noise alone");
        Plan plan = model.request("x")
                .initImage(picture(300, 200))
                .strength(1)
                .build()
                .plan();
        assertThat(plan).returns(80, Plan::width).returns(48, Plan::height); // a sixteenth of 1248 × 832
        assertThat(model.request("x").build().plan()).returns(64, Plan::width); // without a picture: its own size
        assertThat(model.imageTokens(plan.stages().last().shape())).isEqualTo(2 * 5 * 3);
    }

    @Test
    void open_channelsOfOtherInputs_areRefused() throws IOException {
        Path control = copy("transformer/config.json", "out_channels", 8);
        put(control.resolve("vae/config.json"), "latent_channels", 2);
        assertThatThrownBy(() -> Model.open(control))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("in_channels: 16 is neither out_channels 8 nor FLUX.1-Fill's 272");
    }

    @Test
    void like_sizesThatItLearnt_areTheirOwn() {
        for (int[] side : new int[][] {{672, 1568}, {832, 1248}, {1024, 1024}, {1104, 944}, {1568, 672}}) {
            assertThat(KontextSize.like(side[0], side[1])).isEqualTo(new KontextSize(side[0], side[1]));
            assertThat(KontextSize.scale((double) side[0] * side[1])).isEqualTo(1);
        }
        assertThat(KontextSize.like(4000, 3000)).isEqualTo(new KontextSize(1184, 880));
        assertThat(KontextSize.like(1, 100)).isEqualTo(new KontextSize(672, 1568));
        assertThat(KontextSize.scale(512 * 512)).isEqualTo(0.5);
    }
}
