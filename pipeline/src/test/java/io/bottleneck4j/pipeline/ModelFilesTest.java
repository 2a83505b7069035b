package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** tiny-a as single files: what is made of them is what is made of its folder, bit for bit. */
class ModelFilesTest {
    private static final Path FOLDER = Golden.folder(Tiny.PICTURES);
    private static final Path TRANSFORMER = FOLDER.resolve("../../files/transformer.safetensors");
    private static final Path VAE = FOLDER.resolve("../../files/vae.safetensors");
    private static final Path CLIP = FOLDER.resolve("text_encoder/model.safetensors");
    private static final Path T5 = FOLDER.resolve("text_encoder_2/model.safetensors");

    @TempDir
    private Path temp;

    private static Result made(Model model) throws IOException {
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32)) {
            return pipeline.generate(Tiny.request(model, 7));
        }
    }

    private void assertSame(ModelFiles files) throws IOException {
        Result ours = made(Model.open(files));
        Result folders = made(Tiny.model(Tiny.PICTURES));
        assertThat(values(ours.latents())).isEqualTo(values(folders.latents()));
        Path one = temp.resolve("one.png");
        Path other = temp.resolve("other.png");
        ours.write(one);
        folders.write(other);
        assertThat(pixels(one)).isEqualTo(pixels(other));
    }

    private static float[] values(Latents latents) {
        float[] values = new float[latents.asReadOnlyBuffer().remaining()];
        latents.asReadOnlyBuffer().get(values);
        return values;
    }

    private static byte[] pixels(Path png) throws IOException {
        return PngReader.read(png).rgb();
    }

    /** Writes tensors of files behind prefixes. */
    private Path checkpoint(Map<String, Path> byPrefix) throws IOException {
        Path file = temp.resolve("checkpoint.safetensors");
        try (Scope scope = Scope.open()) {
            Map<String, Tensor> all = new LinkedHashMap<>();
            for (Map.Entry<String, Path> part : byPrefix.entrySet()) {
                try (SafetensorsFile source = SafetensorsFile.open(part.getValue())) {
                    source.infos().keySet().forEach(name -> all.put(part.getKey() + name, source.copy(name)));
                }
            }
            SafetensorsWriter.write(file, all, Map.of());
        }
        return file;
    }

    @Test
    void open_ofAnOriginalTransformer_makesWhatItsFolderMakes() throws IOException {
        assertSame(ModelFiles.of(TRANSFORMER).base(FOLDER));
    }

    @Test
    void open_ofTheSameWeightsInGguf_makesWhatItsFolderMakes() throws IOException {
        assertSame(ModelFiles.of(FOLDER.resolve("../../files/transformer.gguf")).base(FOLDER));
    }

    @Test
    void open_ofTheFoldersOwnFile_makesWhatTheFolderMakes() throws IOException {
        assertSame(ModelFiles.of(FOLDER.resolve("transformer/diffusion_pytorch_model.safetensors"))
                .base(FOLDER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.diffusion_model.", "diffusion_model."})
    void open_ofAPrefixedTransformer_makesWhatItsFolderMakes(String prefix) throws IOException {
        assertSame(ModelFiles.of(checkpoint(Map.of(prefix, TRANSFORMER))).base(FOLDER));
    }

    @Test
    void open_ofAWholeCheckpoint_takesAllOfIt() throws IOException {
        Path file = checkpoint(Map.of(
                "model.diffusion_model.", TRANSFORMER,
                "vae.", VAE,
                "text_encoders.clip_l.transformer.", CLIP,
                "text_encoders.t5xxl.transformer.", T5));
        TinyFolder base = TinyFolder.copy(Tiny.PICTURES, temp.resolve("base"));
        for (String part : List.of("transformer", "vae", "text_encoder", "text_encoder_2")) {
            String name = part.startsWith("text") ? "model" : "diffusion_pytorch_model";
            base.delete(part + "/" + name + ".safetensors");
        }
        assertSame(ModelFiles.of(file).base(base.path()));
    }

    @Test
    void open_ofFilesForEachComponent_takesThem() throws IOException {
        assertSame(ModelFiles.of(TRANSFORMER)
                .base(FOLDER)
                .vae(VAE)
                .textEncoder(CLIP)
                .textEncoder2(T5)
                .tokenizers(FOLDER));
    }

    @ParameterizedTest
    @CsvSource({"flux2-a, flux2, flux2_vae", "z-image-a, zimage, ", "wan-a, wan, wan_vae"})
    void open_ofAnotherFamilysOriginalFiles_makesWhatItsFolderMakes(String name, String transformer, String vae)
            throws IOException {
        Path folder = Golden.folder(name);
        Path files = FOLDER.resolve("../../files");
        ModelFiles given = ModelFiles.of(files.resolve(transformer + ".safetensors"))
                .base(folder)
                .textEncoder(folder.resolve("text_encoder/model.safetensors"));
        Model file = Model.open(vae == null ? given : given.vae(files.resolve(vae + ".safetensors")));
        assertSame(file, folder);
    }

    /** A transformer whose convolution has five dimensions, and text encoders under llama.cpp's names; see make_gguf.py. */
    @ParameterizedTest
    @CsvSource({
        "wan-a, wan.gguf, ",
        "z-image-a, zimage.safetensors, z-image-a-text.gguf",
        "qwen-image-a, , qwen-image-a-text.gguf"
    })
    void open_ofGguf_makesWhatItsFolderMakes(String name, String transformer, String text) {
        Path folder = Golden.folder(name);
        Path files = FOLDER.resolve("../../files");
        ModelFiles given = transformer == null
                ? ModelFiles.of(folder)
                : ModelFiles.of(files.resolve(transformer)).base(folder);
        assertSame(Model.open(text == null ? given : given.textEncoder(files.resolve(text))), folder);
    }

    @Test
    void open_ofAnOriginalHunyuanVideo_makesWhatItsFolderMakes() throws IOException {
        Path folder = Golden.folder(Tiny.VIDEOS);
        Model file = Model.open(
                ModelFiles.of(FOLDER.resolve("../../files/hunyuan.safetensors")).base(folder));
        assertSame(file, folder);
    }

    /** Latents, and the first frame of what is decoded. */
    private static void assertSame(Model file, Path folder) {
        try (Pipeline one = file.pipeline(Tiny.FLOAT32);
                Pipeline other = Model.open(folder).pipeline(Tiny.FLOAT32)) {
            Request ofFile = Tiny.request(file, 3);
            Request ofFolder = Tiny.request(other.model(), 3);
            Latents ours = one.denoise(ofFile, one.encode(ofFile));
            Latents folders = other.denoise(ofFolder, other.encode(ofFolder));
            assertThat(values(ours)).isEqualTo(values(folders));
            assertThat(one.still(ours).rgb()).isEqualTo(other.still(folders).rgb());
        }
    }

    @Test
    void open_ofAFolderWithAnotherVae_takesIt() throws IOException {
        assertSame(ModelFiles.of(FOLDER).vae(VAE));
        assertSame(ModelFiles.of(FOLDER).vae(FOLDER.resolve("vae")));
    }

    /** Its blocks lie in blocks. */
    @Test
    void open_ofWan22sOriginalVae_makesWhatItsFolderMakes() {
        Path folder = Golden.folder("wan-b");
        ModelFiles given = ModelFiles.of(folder).vae(FOLDER.resolve("../../files/wan22_vae.safetensors"));
        assertSame(Model.open(given), folder);
    }

    @Test
    void open_withASecondTransformerOfAnotherFamily_isRefused() {
        ModelFiles given = ModelFiles.of(FOLDER).transformer2(TRANSFORMER);
        assertThatThrownBy(() -> Model.open(given))
                .isInstanceOf(FolderException.class)
                .hasMessage("transformer_2: FLUX.1-dev has none; leave it out");
    }

    @Test
    void open_ofAVariant_takesItWhereItIs() throws IOException {
        TinyFolder folder = TinyFolder.copy(Tiny.PICTURES, temp.resolve("variants"));
        Path own = folder.path().resolve("transformer");
        Files.move(
                own.resolve("diffusion_pytorch_model.safetensors"),
                own.resolve("diffusion_pytorch_model.fp16.safetensors"));
        assertSame(ModelFiles.of(folder.path()).variant("fp16"));
        assertThatThrownBy(() -> made(Model.open(folder.path())))
                .isInstanceOf(FolderException.class)
                .hasMessageEndingWith("choose the variant with --variant fp16");
    }

    @Test
    void infos_ofAFile_areThoseOfTheFolder() {
        Component<?, ?> transformer =
                Model.component(ModelFiles.of(TRANSFORMER).base(FOLDER).folder(), "transformer");
        Component<?, ?> folders = Model.component(Tiny.model(Tiny.PICTURES).folder(), "transformer");
        assertThat(transformer.infos()).isEqualTo(folders.infos());
    }

    @Test
    void open_withoutABase_saysWhatIsMissing() throws IOException {
        Path file = checkpoint(Map.of("", TRANSFORMER));
        assertThatThrownBy(() -> ModelFiles.of(file).folder().component("vae", "AutoencoderKL"))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": holds no vae; give a file or folder of it with --vae, or the folder of a whole"
                        + " pipeline with --base, which gives all that is missing");
    }

    @Test
    void open_ofAFileWithoutATransformer_saysWhatItHolds() {
        assertThatThrownBy(() -> Model.open(ModelFiles.of(VAE).base(FOLDER)))
                .isInstanceOf(FolderException.class)
                .hasMessage(VAE + ": holds AutoencoderKL and no transformer; give the file of a transformer of" + " "
                        + Family.inFiles() + " as the model");
    }

    @Test
    void open_ofAComponentThatIsNotThere_saysWhatIs() {
        assertThatThrownBy(
                        () -> Model.open(ModelFiles.of(TRANSFORMER).base(FOLDER).vae(T5)))
                .isInstanceOf(FolderException.class)
                .hasMessage(T5 + ": must hold vae (AutoencoderKL), holds text_encoder_2; give another file");
    }

    @Test
    void open_ofSomethingElse_saysSo() throws IOException {
        Path file = temp.resolve("other.safetensors");
        try (Scope scope = Scope.open()) {
            SafetensorsWriter.write(file, Map.of("a", Tensor.zeros(DType.FLOAT32, Device.CPU, 2)), Map.of());
        }
        assertThatThrownBy(() -> Model.open(ModelFiles.of(file).base(FOLDER)))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": holds nothing that is known and no transformer; give the file of a transformer"
                        + " of " + Family.inFiles() + " as the model");
    }

    @Test
    void open_ofATruncatedFile_saysSo() throws IOException {
        Path file = temp.resolve("cut.safetensors");
        byte[] bytes = Files.readAllBytes(TRANSFORMER);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
        assertThatThrownBy(() -> Model.open(ModelFiles.of(file).base(FOLDER)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("is truncated");
    }

    @ParameterizedTest
    @CsvSource({"tokenizer", "tokenizer_2"})
    void tokenizers_thatAreNotThere_areAskedFor(String missing) throws IOException {
        Path folder = Files.createDirectories(temp.resolve("words"));
        Files.createDirectories(folder.resolve(missing.equals("tokenizer") ? "tokenizer_2" : "tokenizer"));
        assertThatThrownBy(() -> ModelFiles.of(TRANSFORMER)
                        .base(FOLDER)
                        .tokenizers(folder)
                        .folder())
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(folder.resolve(missing) + ": must be the folder of a tokenizer, is not there;");
    }

    @Test
    void schedule_ofABaseThatTakesNoGuidance_isThePublishedOne() {
        TinyFolder base = TinyFolder.copy(Tiny.PICTURES, temp.resolve("schnell"));
        base.edit("transformer/config.json", json -> json.put("guidance_embeds", false));
        base.edit(
                "scheduler/scheduler_config.json",
                json -> json.put("use_dynamic_shifting", false).put("shift", 1.0));
        ModelFolder like = ModelFiles.of(TRANSFORMER).base(FOLDER).folder();
        ModelFolder other = ModelFiles.of(TRANSFORMER).base(base.path()).folder();
        assertThat(like.notes()).isEmpty();
        assertThat(like.component("scheduler", "FlowMatchEulerDiscreteScheduler")
                        .path())
                .isEqualTo(FOLDER.resolve("scheduler"));
        assertThat(other.notes())
                .containsExactly("scheduler: the schedule is that of FLUX.1-dev, since " + TRANSFORMER
                        + " takes guidance, and the transformer of " + base.path() + " does otherwise");
        assertThat(other.component("scheduler", "FlowMatchEulerDiscreteScheduler")
                        .config()
                        .booleanOr("use_dynamic_shifting", false))
                .isTrue();
    }

    @Test
    void base_ofAnotherFamily_isRefused() {
        Path video = Golden.folder(Tiny.VIDEOS);
        assertThatThrownBy(() -> ModelFiles.of(TRANSFORMER).base(video).folder())
                .isInstanceOf(FolderException.class)
                .hasMessage("base: " + video + " is of HunyuanVideo, but " + TRANSFORMER
                        + " is of FLUX.1-dev; give a base of the same family");
    }

    @Test
    void base_besideAFolder_isRefused() {
        assertThatThrownBy(() -> ModelFiles.of(FOLDER).base(FOLDER).folder())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("base: " + FOLDER + " is a folder");
    }
}
