package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** hunyuan-a as files of its components, as ComfyUI keeps them: they are what its folder holds, bit for bit. */
class HunyuanVideoFilesTest {
    private static final Path FOLDER = Golden.folder(Tiny.VIDEOS);
    private static final Path FILES = Golden.ROOT.resolve("files");
    private static final Path TRANSFORMER = FILES.resolve("hunyuan.safetensors");
    private static final Path VAE = FILES.resolve("hunyuan_vae.safetensors");
    private static final Path LLAVA = FILES.resolve("llava.safetensors");
    private static final Path LLAMA_FP8 = FILES.resolve("llama_fp8.safetensors");
    private static final Path LLAMA = FOLDER.resolve("text_encoder/model.safetensors");
    private static final Path CLIP = FOLDER.resolve("text_encoder_2/model.safetensors");
    private static final Path FLUX_VAE = FILES.resolve("vae.safetensors");
    private static final int MESSAGE = 600;

    @TempDir
    private Path temp;

    private static Result made(Model model) {
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32)) {
            return pipeline.generate(Tiny.request(model, 5));
        }
    }

    private static void assertSameVideo(ModelFiles files) {
        Result ours = made(Model.open(files));
        Result folders = made(Tiny.model(Tiny.VIDEOS));
        assertThat(ours.latents()).isEqualTo(folders.latents());
        assertThat(ours.frames()).isEqualTo(folders.frames());
    }

    private static void assertSameTensors(ModelFolder folder, String name) {
        try (Scope scope = Scope.open();
                TensorSource ours = Model.component(folder, name).open();
                TensorSource theirs =
                        Model.component(Tiny.model(Tiny.VIDEOS).folder(), name).open()) {
            assertThat(ours.infos()).isEqualTo(theirs.infos());
            for (String key : theirs.infos().keySet()) {
                assertThat(ours.tensor(key).toFloats())
                        .as(key)
                        .isEqualTo(theirs.tensor(key).toFloats());
            }
        }
    }

    private static ModelFiles file() {
        return ModelFiles.of(TRANSFORMER).base(FOLDER);
    }

    /** Writes a file's tensors as they are changed. */
    private Path written(String to, Path from, UnaryOperator<Map<String, Tensor>> change) throws IOException {
        Path file = temp.resolve(to);
        try (Scope scope = Scope.open();
                SafetensorsFile source = SafetensorsFile.open(from)) {
            Map<String, Tensor> all = new LinkedHashMap<>();
            source.infos().keySet().forEach(name -> all.put(name, source.copy(name)));
            SafetensorsWriter.write(file, change.apply(all), Map.of());
        }
        return file;
    }

    private static UnaryOperator<Map<String, Tensor>> behind(String prefix) {
        return all -> {
            Map<String, Tensor> prefixed = new LinkedHashMap<>();
            all.forEach((name, tensor) -> prefixed.put(prefix + name, tensor));
            return prefixed;
        };
    }

    @Test
    void transformer_ofComfy_isTheFolders() throws IOException {
        Path comfy = FILES.resolve("hunyuan_comfy.safetensors");
        assertSameTensors(ModelFiles.of(comfy).base(FOLDER).folder(), "transformer");
        assertSameVideo(ModelFiles.of(comfy).base(FOLDER));
        Path bare = written("bare.safetensors", comfy, all -> {
            Map<String, Tensor> names = new LinkedHashMap<>();
            all.forEach((name, tensor) -> names.put(name.substring("model.model.".length()), tensor));
            return names;
        });
        assertSameTensors(ModelFiles.of(bare).base(FOLDER).folder(), "transformer");
    }

    @Test
    void vae_ofComfy_makesWhatTheFolderMakes() {
        assertSameTensors(file().vae(VAE).folder(), "vae");
        assertSameVideo(file().vae(VAE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vae.", "first_stage_model."})
    void vae_behindAPrefix_isTheFolders(String prefix) throws IOException {
        Path own = FOLDER.resolve("vae/diffusion_pytorch_model.safetensors");
        assertSameTensors(
                file().vae(written("comfy.safetensors", VAE, behind(prefix))).folder(), "vae");
        assertSameTensors(
                file().vae(written("tencent.safetensors", own, behind(prefix))).folder(), "vae");
    }

    @Test
    void textEncoder_ofALlava_isItsLanguageModelAndSaysSo() {
        ModelFiles files = file().textEncoder(LLAVA);
        assertSameTensors(files.folder(), "text_encoder");
        assertThat(Model.component(files.folder(), "text_encoder").report().notes())
                .containsExactly("text_encoder: its weights are those of a larger model; left out 4 tensors that this"
                        + " part has no use for (language_model, multi_modal_projector, vision_tower)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "model.", "model.language_model.", "text_encoders.llama.transformer.model."})
    void textEncoder_underItsOtherNames_isTheFolders(String prefix) throws IOException {
        assertSameTensors(
                file().textEncoder(written("llama.safetensors", LLAMA, behind(prefix)))
                        .folder(),
                "text_encoder");
    }

    @Test
    void textEncoder_ofComfysScaledFloat8_isThatOfItsValues() throws IOException {
        ModelFiles packed = file().textEncoder(LLAMA_FP8);
        assertThat(Model.component(packed.folder(), "text_encoder").infos().get("layers.0.self_attn.q_proj.weight"))
                .extracting(info -> info.type())
                .isEqualTo("F8_E4M3");
        Path unpacked = temp.resolve("unpacked.safetensors");
        try (Scope scope = Scope.open();
                TensorSource source =
                        Model.component(packed.folder(), "text_encoder").open()) {
            Map<String, Tensor> values = new LinkedHashMap<>();
            source.infos().keySet().forEach(name -> values.put(name, source.tensor(name)));
            SafetensorsWriter.write(unpacked, values, Map.of());
        }
        float[] own = states(Tiny.model(Tiny.VIDEOS));
        float[] ours = states(Model.open(packed));
        float[] expected = states(Model.open(file().textEncoder(unpacked)));
        double most = 0;
        double fromOwn = 0;
        for (int i = 0; i < own.length; i++) {
            most = Math.max(most, Math.abs(ours[i] - expected[i]));
            fromOwn = Math.max(fromOwn, Math.abs(ours[i] - own[i]));
        }
        assertThat(most).isLessThan(1e-5);
        assertThat(fromOwn).as("what 8 bits change").isBetween(1e-3, 1.0);
    }

    private static float[] states(Model model) {
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32)) {
            return pipeline.encode(Tiny.request(model, 1)).positive().stateValues();
        }
    }

    @Test
    void files_forEveryComponent_makeWhatTheFolderMakes() {
        assertSameVideo(file().vae(VAE).textEncoder(LLAVA).textEncoder2(CLIP).tokenizers(FOLDER));
    }

    @Test
    void wholeCheckpoint_isTaken() throws IOException {
        Map<String, Path> parts = Map.of(
                "model.diffusion_model.", TRANSFORMER,
                "vae.", VAE,
                "text_encoders.llama.transformer.model.", LLAMA,
                "text_encoders.clip_l.transformer.", CLIP);
        Map<String, Tensor> all = new LinkedHashMap<>();
        Path file = temp.resolve("everything.safetensors");
        try (Scope scope = Scope.open()) {
            for (Map.Entry<String, Path> part : parts.entrySet()) {
                try (SafetensorsFile source = SafetensorsFile.open(part.getValue())) {
                    source.infos().keySet().forEach(name -> all.put(part.getKey() + name, source.copy(name)));
                }
            }
            SafetensorsWriter.write(file, all, Map.of());
        }
        TinyFolder base = TinyFolder.copy(Tiny.VIDEOS, temp.resolve("base"));
        base.delete("transformer/diffusion_pytorch_model.safetensors")
                .delete("vae/diffusion_pytorch_model.safetensors")
                .delete("text_encoder/model.safetensors")
                .delete("text_encoder_2/model.safetensors");
        assertSameVideo(ModelFiles.of(file).base(base.path()));
    }

    @Test
    void withoutABase_theConfigurationsAreThePublishedOnes() {
        ModelFolder folder = ModelFiles.of(TRANSFORMER)
                .vae(VAE)
                .textEncoder(LLAVA)
                .textEncoder2(CLIP)
                .tokenizers(FOLDER)
                .folder();
        for (String name : List.of("vae", "text_encoder", "text_encoder_2")) {
            assertThatThrownBy(() -> Model.component(folder, name).report().requireComplete())
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith(name + ": weights do not fit config.json: ")
                    .hasMessageEndingWith("; check that both come from the same model")
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThanOrEqualTo(MESSAGE));
        }
        assertThat(Model.component(folder, "text_encoder").config().toString()).contains("hiddenSize=4096");
    }

    @Test
    void vae_ofFlux_isRefusedAndCalledThat() {
        assertThatThrownBy(() -> file().vae(FLUX_VAE).folder())
                .isInstanceOf(FolderException.class)
                .hasMessage(FLUX_VAE + ": must hold vae (AutoencoderKLHunyuanVideo), holds AutoencoderKL of FLUX.1-dev;"
                        + " give another file");
        assertThatThrownBy(() ->
                        ModelFiles.of(Golden.folder(Tiny.PICTURES)).vae(VAE).folder())
                .isInstanceOf(FolderException.class)
                .hasMessage(VAE + ": must hold vae (AutoencoderKL), holds AutoencoderKLHunyuanVideo of HunyuanVideo;"
                        + " give another file");
    }

    @Test
    void textEncoders_theWrongWayRound_areNamed() {
        assertThatThrownBy(() -> file().textEncoder(CLIP).folder())
                .isInstanceOf(FolderException.class)
                .hasMessage(CLIP + ": must hold text_encoder (LlamaModel), holds text_encoder_2; give another file");
        assertThatThrownBy(() -> file().textEncoder2(LLAVA).folder())
                .isInstanceOf(FolderException.class)
                .hasMessage(
                        LLAVA + ": must hold text_encoder_2 (CLIPTextModel), holds text_encoder; give another file");
    }

    @Test
    void textEncoder_ofSomethingElse_saysWhatItMustBe() throws IOException {
        Path file = written("other.safetensors", LLAMA, behind("blk."));
        assertThatThrownBy(() -> file().textEncoder(file).folder())
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": must hold text_encoder (LlamaModel), holds nothing that is known; give another"
                        + " file");
    }

    @Test
    void vae_thatIsCut_saysSo() throws IOException {
        Path cut = temp.resolve("cut.safetensors");
        byte[] bytes = Files.readAllBytes(VAE);
        Files.write(cut, Arrays.copyOf(bytes, bytes.length - 100));
        assertThatThrownBy(() -> file().vae(cut).folder())
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(cut.toString())
                .hasMessageContaining("is truncated");
    }

    @Test
    void vae_withATensorOfAnotherShape_namesIt() throws IOException {
        Path file = written("wide.safetensors", VAE, all -> {
            all.computeIfPresent("decoder.mid.attn_1.q.weight", (name, tensor) -> tensor.narrow(0, 0, 4));
            all.computeIfPresent("encoder.conv_in.conv.bias", (name, tensor) -> tensor.narrow(0, 0, 3));
            return all;
        });
        assertThatThrownBy(() -> Model.component(file().vae(file).folder(), "vae")
                        .report()
                        .requireComplete())
                .isInstanceOf(WeightsException.class)
                .hasMessage("vae: weights do not fit config.json: 2 of another shape or type"
                        + " (decoder.mid_block.attentions.0.to_q.weight is [4, 8], config.json asks for [8, 8],"
                        + " encoder.conv_in.conv.bias is [3], config.json asks for [4]); check that both come from the"
                        + " same model");
    }
}
