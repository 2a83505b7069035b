package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vision.GoldenPictures;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.assertj.core.data.Offset;
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

    @TempDir
    Path folder;

    private static Model fill() {
        return Model.open(ModelFiles.of(FILL).base(Golden.folder("tiny-a")));
    }

    private Model kontext() {
        return Model.open(TinyFolder.copy("tiny-a", folder)
                .edit("model_index.json", json -> json.put("_class_name", "FluxKontextPipeline"))
                .path());
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
    void kontext_baseline_equalsDiffusers(String name) {
        generate(name, kontext());
    }

    @Test
    void kontext_stages_equalsOracle() {
        generateStages("kontext-stages", kontext());
    }

    /** Enlarged by the default plan, whose levels are those of a tile. */
    @Test
    void upscale_equalsOracle() {
        Model model = Tiny.model("tiny-a");
        try (Golden golden = Golden.open("edit/upscale");
                Pipeline flux = model.pipeline(Tiny.FLOAT32)) {
            JsonNode json = golden.json();
            Request request = GoldenRuns.request(golden, flux)
                    .upscale(2)
                    .guidance(json.get("guidance").asDouble())
                    .maxSequenceLength(json.get("max_length").asInt())
                    .build();
            assertThat(request.plan().spec().rules().tile())
                    .isEqualTo(json.get("tile").asInt());
            assertThat(request.plan().stages().last().tiles()).isEqualTo(6);
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            GoldenRuns.assertGenerates(golden, flux, request);
            assertThat(request.toBuilder().build()).isEqualTo(request);
            Request again = model.request(request.prompt())
                    .plan(request.wholePlan().spec())
                    .initImage(GoldenPictures.picture(golden, "in.picture"))
                    .strength(0.3)
                    .build(); // as settings have it
            assertThat(again.plan().stages()).isEqualTo(request.plan().stages());
        }
    }

    private static void generate(String name, Model model) {
        try (Golden golden = Golden.open("edit/" + name);
                Pipeline flux = model.pipeline(Tiny.FLOAT32)) {
            JsonNode json = golden.json();
            Planner.Size size = Planner.Size.of(
                    json.get("width").asInt(), json.get("height").asInt());
            OptionalInt steps = OptionalInt.of(json.get("num_inference_steps").asInt());
            Request.Builder request = GoldenRuns.request(golden, flux)
                    .guidance(json.get("guidance_scale").asDouble())
                    .maxSequenceLength(json.get("max_sequence_length").asInt())
                    .plan(model.planner().baseline(size, steps, OptionalDouble.empty()));
            if (json.has("true_cfg_scale")) {
                request.trueCfgScale(json.get("true_cfg_scale").asDouble())
                        .negativePrompt(json.get("negative_prompt").asText(""));
            }
            GoldenRuns.assertGenerates(golden, flux, request.build());
        }
    }

    private static void generateStages(String name, Model model) {
        try (Golden golden = Golden.open("edit/" + name);
                Pipeline flux = model.pipeline(Tiny.FLOAT32)) {
            JsonNode json = golden.json();
            Request request = GoldenRuns.request(golden, flux)
                    .guidance(json.get("guidance").asDouble())
                    .maxSequenceLength(json.get("max_length").asInt())
                    .plan(model.planner().written(GoldenRuns.spec(json)))
                    .build();
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            GoldenRuns.assertGenerates(golden, flux, request);
        }
    }

    /** Of caches that let every step through: hidden states must be those of the result alone, not of the reference. */
    @ParameterizedTest
    @ValueSource(strings = {"reuse:steps=0.1.2.3:feature=hidden", "toca:first=4", "firstblock:threshold=1e-9"})
    void kontext_withCacheInside_isAsWithout(String cache) {
        Model model = kontext();
        try (Pipeline flux = model.pipeline(Tiny.FLOAT32)) {
            Planner planner = model.planner();
            Plan plain = planner.baseline(Planner.Size.of(64, 48), OptionalInt.of(4), OptionalDouble.empty());
            Request.Builder request =
                    model.request("a fox").initImage(picture(70, 50)).maxSequenceLength(16);
            Request without = request.plan(plain).build();
            Request with = request.plan(plain.withCache(Caches.parse(cache))).build();
            float[] expected = flux.denoise(without, flux.encode(without)).values();
            float[] found = flux.denoise(with, flux.encode(with)).values();
            assertThat(found).containsExactly(expected, Offset.offset(1e-4f));
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
                        + " is a FLUX.1-Fill, which fills a part of a picture; it needs init-image and mask, which generate"
                        + " and Java take");
        assertThatThrownBy(() -> model.request("x").initImage(picture(64, 64)).build())
                .hasMessageStartingWith("mask: is missing; FLUX.1-Fill fills a part of the picture");
    }

    @Test
    void kontext_takesNeitherMaskNorStrength_andALearntSize() {
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
    void tiles_whereAPictureIsSeenWhole_areRefused() {
        PlanSpec tiled = PlanFile.parse(
                "p", "tile: 64\nstages:\n  - {width: 128, height: 64, steps: 4, strength: 1, shift: 3}\n");
        for (Model whole : List.of(fill(), kontext())) {
            assertThatThrownBy(() -> whole.planner().written(tiled))
                    .hasMessage(
                            "p:3:5: stage 1: tile: the model sees a picture beside its own, and both whole; leave tile out");
            assertThatThrownBy(() -> whole.request("x").upscale(2)).hasMessageContaining("sees a picture whole");
        }
        Model model = Tiny.model("tiny-a");
        PlanEstimate estimate = model.estimate(model.planner().written(tiled));
        assertThat(estimate.cost().stepCut().steps()).isEqualTo(4);
        assertThat(estimate.baseline().stages().last().tiles()).isEqualTo(3);
        assertThat(estimate.stepCut(model.planner()).stages().last())
                .returns(3, ResolutionStage::tiles)
                .returns(4, ResolutionStage::steps);
    }

    @Test
    void open_channelsOfOtherInputs_areRefused() {
        Path control = TinyFolder.copy("tiny-a", folder)
                .edit("transformer/config.json", json -> json.put("out_channels", 8))
                .edit("vae/config.json", json -> json.put("latent_channels", 2))
                .path();
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
        assertThat(KontextSize.scale(160 * 160)).isEqualTo(3 / 16.0); // half a sixteenth is rounded up
        assertThat(KontextSize.scale(2048 * 2048)).isEqualTo(1);
    }
}
