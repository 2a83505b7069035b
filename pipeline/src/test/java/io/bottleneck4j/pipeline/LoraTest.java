package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.LoraWriter;
import io.bottleneck4j.models.TinyHunyuanVideo15;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LoRAs in every form against diffusers' fuse_lora, and how they travel through a pipeline. */
class LoraTest {
    private static final Path FILES = Golden.ROOT.resolve("lora/files");

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kohya",
                "kohya-bfloat16",
                "onetrainer",
                "ai-toolkit",
                "diffusers",
                "diffusers-alphas",
                "diffusers-metadata",
                "xlabs",
                "base-model",
                "several",
                "flux2-kohya",
                "flux2-ai-toolkit",
                "flux2-diffusers",
                "z-image-kohya",
                "z-image-ai-toolkit",
                "z-image-diffusers",
                "qwen-image-kohya",
                "qwen-image-lightning",
                "qwen-image-ai-toolkit",
                "qwen-image-diffusers",
                "wan-kohya",
                "wan-original",
                "wan-diffusers",
                "hunyuan-original",
                "hunyuan-diffusers",
                "hunyuan15-kohya",
                "hunyuan15-comfy",
                "qwen-image-diffusers"
            })
    void denoise_withLora_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("lora/" + name)) {
            JsonNode json = golden.json();
            Path folder = Path.of(json.get("folder").asText()).getFileName();
            Model model = folder.toString().startsWith("hunyuan15")
                    ? Model.open(
                            TinyHunyuanVideo15.copy(folder.toString(), temp).path())
                    : Tiny.model(folder.toString());
            Latents without = latents(model, json);
            for (Map.Entry<String, JsonNode> lora : json.get("loras").properties()) {
                model = model.withLora(
                        FILES.resolve(lora.getKey() + ".safetensors"),
                        lora.getValue().asDouble());
            }
            assertThat(model.files().loras().stream()
                            .flatMap(lora -> lora.updates().entrySet().stream())
                            .flatMap(part -> part.getValue().stream().map(each -> part.getKey() + each.key()))
                            .distinct())
                    .as("weights that are changed")
                    .hasSize(json.get("changed").asInt());
            golden.assertClose(
                    "latents",
                    latents(model, json).values(),
                    json.get("tolerance").asDouble());
            assertThat(distance(without, latents(model, json)))
                    .as("what the LoRA changes")
                    .isGreaterThan(0.1);
        }
    }

    private static Latents latents(Model model, JsonNode json) {
        Planner.Size size =
                Planner.Size.of(json.get("width").asInt(), json.get("height").asInt());
        if (json.has("num_frames")) {
            size = size.withFrames(json.get("num_frames").asInt());
        }
        Request.Builder builder = model.request(json.get("prompt").asText());
        if (json.has("guidance_scale")) {
            builder.guidance(json.get("guidance_scale").asDouble());
        } else {
            builder.trueCfgScale(json.get("true_cfg_scale").asDouble());
        }
        Request request = builder.seed(json.get("seed").asLong())
                .maxSequenceLength(json.get("max_sequence_length").asInt())
                .plan(model.planner()
                        .solvedBy(SolverChoice.EULER) // as the golden files' runs are
                        .baseline(
                                size,
                                OptionalInt.of(json.get("num_inference_steps").asInt()),
                                OptionalDouble.empty()))
                .build();
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32, Residency.KEEP)) {
            return pipeline.denoise(request, pipeline.encode(request));
        }
    }

    private static double distance(Latents one, Latents other) {
        FloatBuffer a = one.asReadOnlyBuffer();
        FloatBuffer b = other.asReadOnlyBuffer();
        double most = 0;
        while (a.hasRemaining()) {
            most = Math.max(most, Math.abs(a.get() - b.get()));
        }
        return most;
    }

    private static Latents latents(Model model, Execution execution, Residency residency) {
        try (Pipeline pipeline = model.pipeline(execution, residency)) {
            Request request = Tiny.request(model, 7);
            return pipeline.denoise(request, pipeline.encode(request));
        }
    }

    private static Model withKohya(double scale) {
        return Tiny.model("tiny-a").withLora(FILES.resolve("kohya.safetensors"), scale);
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource(Quantization.class)
    void denoise_streamed_makesTheSameBits(Quantization quantization) {
        Execution execution = new Execution(Device.CPU, DType.FLOAT32, quantization);
        Latents kept = latents(withKohya(0.8), execution, Residency.KEEP);
        assertThat(latents(withKohya(0.8), execution, Residency.STREAM)).isEqualTo(kept);
        assertThat(kept).isNotEqualTo(latents(Tiny.model("tiny-a"), execution, Residency.KEEP));
    }

    @Test
    void denoise_withScaleZero_isThatOfTheModel() {
        assertThat(latents(withKohya(0), Tiny.FLOAT32, Residency.KEEP))
                .isEqualTo(latents(Tiny.model("tiny-a"), Tiny.FLOAT32, Residency.KEEP));
    }

    /** diffusers reads none for T5. */
    @Test
    void encode_withLoraOfT5_changesItsStatesAlone() {
        Path file = new LoraWriter()
                .kohya("lora_te3_encoder_block_0_layer_0_SelfAttention_q", 14, 16, 2)
                .write(temp.resolve("t5.safetensors"));
        Model plain = Tiny.model("tiny-a");
        Model changed = plain.withLora(file, 1);
        assertThat(changed.notes()).contains("lora t5.safetensors: applied 1 of 1 modules (text_encoder_2 1), scale 1");
        try (Pipeline one = plain.pipeline(Tiny.FLOAT32);
                Pipeline other = changed.pipeline(Tiny.FLOAT32)) {
            PromptEmbeds before = one.encode(Tiny.request(plain, 1)).positive();
            PromptEmbeds after = other.encode(Tiny.request(changed, 1)).positive();
            assertThat(after.stateValues()).isNotEqualTo(before.stateValues());
            assertThat(after.pooledValues()).isEqualTo(before.pooledValues());
        }
    }

    @Test
    void withLora_leavesTheModelAsItIsAndTellsOfItself() {
        Model model = Tiny.model("tiny-a");
        List<String> before = model.notes();
        Model changed = model.withLora(FILES.resolve("kohya.safetensors"), 0.8);
        assertThat(model.loras()).isEmpty();
        assertThat(model.notes()).isEqualTo(before);
        assertThat(changed.loras()).singleElement().satisfies(lora -> {
            assertThat(lora.name()).isEqualTo("kohya");
            assertThat(lora.scale()).isEqualTo(0.8);
            assertThat(lora.partial()).isFalse();
        });
        assertThat(changed.withLora(FILES.resolve("xlabs.safetensors"), 1).loras())
                .hasSize(2);
        assertThat(changed.notes())
                .contains(
                        "lora kohya.safetensors: applied 57 of 57 modules (transformer 39, text_encoder 18), scale 0.8")
                .containsAll(before);
        try (Pipeline pipeline = changed.pipeline(Tiny.FLOAT32)) {
            assertThat(pipeline.notes()).anyMatch(note -> note.startsWith("lora kohya.safetensors: applied 57 of 57"));
        }
    }

    @Test
    void settings_holdLorasAndGiveThemBack() throws IOException {
        Path file = Files.copy(FILES.resolve("kohya.safetensors"), temp.resolve("pixel, art.safetensors"));
        Model model = Tiny.model("tiny-a").withLora(file, 0.8).withLora(FILES.resolve("xlabs.safetensors"), -1, true);
        Settings settings;
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32)) {
            settings = Settings.of(Tiny.request(model, 7), pipeline.origin());
        }
        Settings read = Settings.parse(Model.Kind.PICTURE, settings.toJson());
        assertThat(read).isEqualTo(settings);
        assertThat(read.origin().loras()).isEqualTo(model.loras());

        Model again = Tiny.model("tiny-a");
        for (Settings.Lora lora : read.origin().loras()) {
            again = again.withLora(lora);
        }
        assertThat(again.loras()).isEqualTo(model.loras());

        String first = model.loras().get(0).shortHash();
        String second = model.loras().get(1).shortHash();
        assertThat(A1111Parameters.text(settings))
                .startsWith("a red fox <lora:pixel art:0.8> <lora:xlabs:-1>\nSteps: ")
                .contains(", Lora hashes: \"pixel art: " + first + ", xlabs: " + second + "\", Version: ");
    }

    /** One pipeline makes requests with LoRAs and without in turn, each as a pipeline of its own would. */
    @Test
    void lora_ofARequest_isThatOfItsModel() throws IOException {
        Model model = Tiny.model("tiny-a");
        Path transformer = FILES.resolve("kohya.safetensors");
        Path text = FILES.resolve("ai-toolkit.safetensors");
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32, Residency.KEEP)) {
            Request without = Tiny.request(model, 7);
            List<Request> all = List.of(
                    without.toBuilder().lora(transformer, 0.8).build(),
                    without,
                    without.toBuilder().lora(text, 1).lora(transformer, -0.5).build(),
                    without.toBuilder().lora(transformer, 0.8).build(),
                    without);
            assertThat(all.get(3)).isEqualTo(all.get(0)).isNotEqualTo(without);
            for (Request request : all) {
                Latents expected;
                try (Pipeline own = request.model().pipeline(Tiny.FLOAT32, Residency.KEEP)) {
                    expected = own.denoise(request, own.encode(request));
                }
                assertThat(pipeline.denoise(request, pipeline.encode(request))).isEqualTo(expected);
            }
            Result result = pipeline.generate(all.get(0));
            assertThat(result.settings().origin().loras()).hasSize(1);
            assertThat(pipeline.generate(without).settings().origin().loras()).isEmpty();
            Request other = Tiny.request(Tiny.model("tiny-a"), 7);
            assertThatThrownBy(() -> pipeline.encode(other)).hasMessageContaining("is of another Model object");
        }
    }

    /** A loop of jobs with LoRAs of the text encoders encodes one prompt for each, and tells of each once. */
    @Test
    void run_jobsWithOtherLoras_areMadeAsAlone() throws IOException {
        Model model = Tiny.model("tiny-a");
        Request without = Tiny.request(model, 7);
        Request with = without.toBuilder()
                .lora(FILES.resolve("ai-toolkit.safetensors"), 1)
                .build();
        List<String> notes = new ArrayList<>();
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32, Residency.KEEP)) {
            new JobLoop(pipeline)
                    .listener(new JobListener() {
                        @Override
                        public void note(String text) {
                            notes.add(text);
                        }
                    })
                    .run(List.of(
                            new Job(without, temp.resolve("0.png")),
                            new Job(with, temp.resolve("1.png")),
                            new Job(with, temp.resolve("2.png"))));
            pipeline.generate(with).write(temp.resolve("alone.png"));
        }
        assertThat(notes).hasSize(1).first().asString().contains("applied");
        assertThat(temp.resolve("1.png")).hasSameBinaryContentAs(temp.resolve("alone.png"));
        assertThat(temp.resolve("2.png")).hasSameBinaryContentAs(temp.resolve("alone.png"));
        assertThat(Files.readAllBytes(temp.resolve("0.png"))).isNotEqualTo(Files.readAllBytes(temp.resolve("1.png")));
    }

    /** Inside a run nothing may be taken from under it. */
    @Test
    void lora_askedForInsideARun_isRefused() {
        Model model = Tiny.model("tiny-a");
        Request without = Tiny.request(model, 7);
        Request with =
                without.toBuilder().lora(FILES.resolve("kohya.safetensors"), 1).build();
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32, Residency.KEEP)) {
            Prompts prompts = pipeline.encode(without);
            assertThatThrownBy(
                            () -> pipeline.denoise(without, prompts, step -> pipeline.encode(with), new Cancellation()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("lora: a request with other LoRAs must wait");
        }
    }

    @Test
    void settings_withoutLoras_areAsTheyWere() {
        Model model = Tiny.model("tiny-a");
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32)) {
            Settings settings = Settings.of(Tiny.request(model, 7), pipeline.origin());
            assertThat(settings.toJson()).doesNotContain("lora");
            assertThat(A1111Parameters.text(settings)).doesNotContainIgnoringCase("lora");
        }
    }

    @Test
    void withLora_ofAChangedFile_isRefused() throws IOException {
        Path file = Files.copy(FILES.resolve("kohya.safetensors"), temp.resolve("x.safetensors"));
        Settings.Lora stored = Tiny.model("tiny-a").withLora(file, 1).loras().get(0);
        Files.delete(file);
        Files.copy(FILES.resolve("xlabs.safetensors"), file);
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> Tiny.model("tiny-a").withLora(stored))
                .withMessageContaining("must be the file the picture was made with, of SHA-256 " + stored.sha256());
        Files.delete(file);
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> Tiny.model("tiny-a").withLora(stored))
                .withMessageContaining("must be there, is not");
    }

    @Test
    void withLora_whereNothingCanBeAdded_saysWhy() throws IOException {
        Path file = FILES.resolve("kohya.safetensors");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tiny.model("tiny-a").withLora(file, Double.NaN))
                .withMessage("lora: scale must be a finite number, not NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.published(Family.FLUX).withLora(file, 1))
                .withMessageContaining("is a configuration without weights");
        Path small = temp.resolve("small");
        QuantizedFolder.write(Tiny.model("tiny-a"), Quantization.INT8, small, new Cancellation());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.open(small).withLora(file, 1))
                .withMessageContaining("are stored as int8, to which nothing can be added");
    }

    @Test
    void withLora_ofAnotherFamily_isRefused() {
        for (String folder : List.of("flux2-a", "z-image-a", "hunyuan-a", "qwen-image-a")) {
            assertThatExceptionOfType(WeightsException.class)
                    .as(folder)
                    .isThrownBy(() -> Tiny.model(folder).withLora(FILES.resolve("kohya.safetensors"), 1))
                    .withMessageContaining(" the model: ");
        }
    }

    /** ComfyUI's names of Z-Image have queries, keys and values in one; so have LoRAs that were trained on them. */
    @Test
    void withLora_ofZImagesJoinedLayers_changesEach() {
        Path file = new LoraWriter()
                .kohya("lora_unet_layers_0_attention_qkv", 32, 96, 2)
                .peft("diffusion_model.final_layer.linear", 32, 16, 2)
                .write(temp.resolve("joined.safetensors"));
        assertThat(Tiny.model("z-image-a").withLora(file, 1).notes())
                .contains("lora joined.safetensors: applied 2 of 2 modules (transformer 2), scale 1");
    }

    /** tiny-b has one double-stream block, and other widths. */
    @Test
    void withLora_ofAnotherModel_isRefusedBeforeWeightsAreRead() {
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> Tiny.model("tiny-b").withLora(FILES.resolve("kohya.safetensors"), 1))
                .withMessageContaining("none of its 57 modules fits the model: ")
                .withMessageContaining("inputs, the layer ")
                .withMessageContaining("is it of another family?");
    }
}
