package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {
    private static final Path MANIFESTS = Path.of("../models/src/test/resources/manifests");

    @TempDir
    private Path temp;

    private static Model open(Path folder) {
        return Model.open("m", ModelFolder.open(folder));
    }

    /** A HunyuanVideo folder as diffusers writes it, without weights, encoders and tokenizers. */
    private Path hunyuan(Map<String, String> changed) throws IOException {
        Path folder = Files.createDirectory(temp.resolve("hunyuan"));
        Map<String, String> files = new HashMap<>(Map.of(
                "model_index.json",
                """
                {"_class_name": "HunyuanVideoPipeline",
                 "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
                 "text_encoder": ["transformers", "LlamaModel"],
                 "transformer": ["diffusers", "HunyuanVideoTransformer3DModel"],
                 "vae": ["diffusers", "AutoencoderKLHunyuanVideo"]}""",
                "transformer/config.json",
                "{\"num_layers\": 2, \"in_channels\": 16}",
                "vae/config.json",
                "{}",
                "scheduler/scheduler_config.json",
                "{\"shift\": 7.0}"));
        files.putAll(changed);
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(folder.resolve(file.getKey()).resolve("..").normalize());
            Files.writeString(path, file.getValue());
        }
        return folder;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void of_fluxFolder_isItsConfiguration(String name) {
        Path folder = Golden.folder(name);
        Model model = open(folder);
        assertThat(model.name()).isEqualTo("m");
        assertThat(model.family()).isEqualTo(Family.FLUX);
        assertThat(model.notes()).isEmpty();
        FluxConfig config = (FluxConfig)
                Model.component(ModelFolder.open(folder), "transformer").config();
        assertThat(model.architecture()).isEqualTo("Flux[config=" + config + "]");
        assertThat(model.planner().names()).containsAll(List.of("baseline", "bottleneck"));
    }

    @Test
    void of_emojiFlux_readsItsPlansAndTextLength() {
        Model model = open(Path.of("../emoji-flux"));
        assertThat(model.textTokens()).isEqualTo(32);
        assertThat(model.planner().names())
                .containsExactly("baseline", "bottleneck", "x2", "x3", "x4", "x5", "x6", "paper", "paper-baseline");
        assertThat(model.planner().defaultWidth()).isEqualTo(256);
    }

    /** The manifests hold neither tokenizers nor weights. */
    @ParameterizedTest
    @CsvSource({"flux1-dev, 3.1", "flux1-schnell, 1"})
    void of_publishedFluxFolder_needsNoWeights(String name, double shift) {
        Model model = open(MANIFESTS.resolve(name));
        assertThat(model.textTokens()).isEqualTo(512);
        Plan baseline = model.planner().named("baseline", Planner.Size.DEFAULT);
        assertThat(baseline.stages().first().steps()).isEqualTo(28);
        assertThat(baseline.spec().last().shift()).isBetween(shift, shift + 0.1);
        assertThat(model.planner()
                        .named("paper-baseline", Planner.Size.DEFAULT)
                        .spec()
                        .last()
                        .shift())
                .isEqualTo(3);
    }

    @Test
    void of_folderWithOtherTextLength_isIts() {
        TinyFolder tiny = TinyFolder.copy("tiny-a", temp.resolve("tiny"));
        tiny.edit("tokenizer_2/tokenizer_config.json", json -> json.put("model_max_length", 256));
        assertThat(open(tiny.path()).textTokens()).isEqualTo(256);
        tiny.edit("tokenizer_2/tokenizer_config.json", json -> json.put("model_max_length", 4096));
        assertThat(open(tiny.path()).textTokens()).isEqualTo(512);
        tiny.delete("tokenizer_2/tokenizer_config.json");
        assertThat(open(tiny.path()).textTokens()).isEqualTo(512);
    }

    @Test
    void of_hunyuanVideoFolder_plansVideos() throws IOException {
        Model model = open(hunyuan(Map.of()));
        assertThat(model.family()).isEqualTo(Family.HUNYUAN_VIDEO);
        assertThat(model.textTokens()).isEqualTo(256);
        assertThat(model.architecture())
                .isEqualTo("HunyuanVideo[config="
                        + Records.with(HunyuanVideoConfig.from(Records.nothing()), "numLayers", 2) + "]");
        assertThat(model.planner().defaultWidth()).isEqualTo(1280);
        assertThat(model.planner().defaultHeight()).isEqualTo(720);
        assertThat(model.planner().defaultFrames()).hasValue(129);
        Plan baseline = model.planner().named("baseline", Planner.Size.DEFAULT);
        assertThat(baseline.stages().forwards()).isEqualTo(50);
        assertThat(baseline.stages().first().shape()).isEqualTo(new LatentShape(16, 33, 90, 160));
        assertThat(baseline.stages().first().shift()).isEqualTo(new Shift.Constant(7));
    }

    @Test
    void of_hunyuanVideoFolder_readsItsOwnPlans() throws IOException {
        Path folder = hunyuan(Map.of("bottleneck4j.yaml", """
                width: 320
                height: 192
                frames: 9
                plans:
                  bottleneck:
                    frames: 5
                    stages:
                      - {width: 320, height: 192, steps: 4, strength: 1, shift: 7}
                """));
        Planner planner = open(folder).planner();
        assertThat(planner.named("bottleneck", Planner.Size.DEFAULT).frames()).hasValue(5);
        assertThat(planner.named("paper", Planner.Size.DEFAULT).frames()).hasValue(9);
        assertThat(planner.named("paper", Planner.Size.DEFAULT)
                        .spec()
                        .stages()
                        .get(1)
                        .width())
                .isEqualTo(240);
        assertThat(planner.named("bottleneck", Planner.Size.DEFAULT.withFrames(13))
                        .frames())
                .hasValue(13);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer/config.json|{\"image_condition_type\": \"latent_concat\"}|image_condition_type: is the text 'latent_concat', which bottleneck4j does not support; it reads null",
                "transformer/config.json|{\"patch_size_t\": 2}|patch_size_t: is 2, which bottleneck4j does not support; it reads 1",
                "transformer/config.json|{\"num_layers\": -1}|num_layers: must be between 0 and 65536, not -1",
                "vae/config.json|{\"latent_channels\": 8}|latent_channels: is 8, but the transformer takes 16; check that both come from the same model",
            })
    void of_hunyuanVideoFolderOfBadConfig_namesFileAndKey(String file, String json, String message) throws IOException {
        Path folder = hunyuan(Map.of(file, json));
        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(FolderException.class)
                .hasMessage(folder.resolve(file) + ": " + message);
    }

    @Test
    void of_badPlanInTheFolder_saysWhere() throws IOException {
        Path folder = hunyuan(Map.of("bottleneck4j.yaml", "frames: x"));
        assertThatThrownBy(() -> open(folder))
                .hasMessage(folder.resolve("bottleneck4j.yaml") + ":1:9: frames: must be a whole number, not 'x'");
    }

    @Test
    void of_otherPipeline_namesThoseThatAreRead() {
        TinyFolder tiny = TinyFolder.copy("tiny-a", temp.resolve("tiny"));
        tiny.edit("model_index.json", json -> json.put("_class_name", "StableDiffusionPipeline"));
        assertThatThrownBy(() -> open(tiny.path()))
                .isInstanceOf(FolderException.class)
                .hasMessageEndingWith(
                        "_class_name is StableDiffusionPipeline; bottleneck4j reads FluxPipeline, FluxFillPipeline,"
                                + " FluxKontextPipeline (FLUX.1-dev, -schnell, -Krea-dev, -Fill-dev, -Kontext-dev) or"
                                + " HunyuanVideoPipeline (HunyuanVideo, text to video) or ZImagePipeline (Z-Image, Z-Image-Turbo)"
                                + " or Flux2KleinPipeline (FLUX.2-klein-4B, -9B, -base-4B, -base-9B) or HunyuanVideo15Pipeline"
                                + " (HunyuanVideo-1.5, text to video)");
    }

    @Test
    void published_flux_isFluxDev() {
        Model published = Model.published(Family.FLUX);
        Model dev = open(MANIFESTS.resolve("flux1-dev"));
        assertThat(published.name()).isEqualTo("flux");
        assertThat(published.architecture()).isEqualTo(dev.architecture());
        assertThat(published.textTokens()).isEqualTo(512);
        for (String plan : List.of("paper", "x2", "x3", "paper-baseline", "bottleneck")) {
            assertThat(published.planner().named(plan, Planner.Size.DEFAULT))
                    .isEqualTo(dev.planner().named(plan, Planner.Size.DEFAULT));
        }
        Plan baseline = published.planner().named("baseline", Planner.Size.DEFAULT);
        assertThat(baseline.name()).isEqualTo("baseline");
        assertThat(baseline.spec().stages())
                .isEqualTo(published
                        .planner()
                        .named("paper-baseline", Planner.Size.DEFAULT)
                        .spec()
                        .stages());
        assertThat(published.notes()).isEmpty();
    }

    @Test
    void published_hunyuanVideo_isDiffusersDefault() {
        Model published = Model.published(Family.HUNYUAN_VIDEO);
        assertThat(published.name()).isEqualTo("hunyuan-video");
        assertThat(published.architecture())
                .isEqualTo("HunyuanVideo[config=" + HunyuanVideoConfig.from(Records.nothing()) + "]");
        assertThat(published.textTokens()).isEqualTo(256);
    }

    @Test
    void ofConfig_transformerAlone_takesTheRestFromThePublishedAndSaysSo() throws IOException {
        Path file = MANIFESTS.resolve("flux1-schnell/transformer/config.json");
        Model model = Model.ofConfig("mine", file);
        assertThat(model.name()).isEqualTo("mine");
        assertThat(model.architecture())
                .isEqualTo(open(MANIFESTS.resolve("flux1-schnell")).architecture());
        assertThat(model.notes())
                .containsExactly(
                        file + " is a transformer's; autoencoder, scheduler and 512 text tokens are taken to be"
                                + " those of FLUX.1-dev");
        Path video = Files.writeString(
                temp.resolve("config.json"),
                "{\"_class_name\": \"HunyuanVideoTransformer3DModel\", \"num_layers\": 3}");
        assertThat(Model.ofConfig("v", video).family()).isEqualTo(Family.HUNYUAN_VIDEO);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|_class_name: is missing",
                "{\"_class_name\": \"UNet2DModel\"}|_class_name is UNet2DModel; plans are made for FluxTransformer2DModel or HunyuanVideoTransformer3DModel or ZImageTransformer2DModel or Flux2Transformer2DModel or HunyuanVideo15Transformer3DModel",
                "{\"_class_name\": \"FluxTransformer2DModel\", \"in_channels\": 5}|in_channels: must be a multiple of 4 (a token is 2 × 2 latent cells), not 5",
                "{\"_class_name\": \"FluxTransformer2DModel\", \"in_channels\": 16}|latent_channels: is 16, but the transformer takes 4; check that both come from the same model",
            })
    void ofConfig_otherFile_isRefused(String json, String message) throws IOException {
        Path file = Files.writeString(temp.resolve("config.json"), json);
        assertThatThrownBy(() -> Model.ofConfig("m", file))
                .isInstanceOf(FolderException.class)
                .hasMessageEndingWith(": " + message);
    }

    @Test
    void family_words_areRead() {
        assertThat(Family.words())
                .containsExactly("flux", "hunyuan-video", "z-image", "flux2-klein", "hunyuan-video-1.5");
        assertThat(Family.parse("hunyuan-video")).isEqualTo(Family.HUNYUAN_VIDEO);
        assertThatThrownBy(() -> Family.parse("sd"))
                .hasMessage(
                        "family: must be flux or hunyuan-video or z-image or flux2-klein or hunyuan-video-1.5, not 'sd'");
    }
}
