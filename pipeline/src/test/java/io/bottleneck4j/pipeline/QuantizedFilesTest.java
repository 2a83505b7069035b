package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantized folders of models that are put together of files: they make what the folder of the same weights makes, quantized. */
class QuantizedFilesTest {
    private static final Path FILES = Golden.ROOT.resolve("files");
    private static final Path FLUX = Golden.folder(Tiny.PICTURES);
    private static final Path HUNYUAN = Golden.folder(Tiny.VIDEOS);
    private static final long SHARD = 1L << 30;

    @TempDir
    private Path temp;

    private static ModelFiles flux() {
        return ModelFiles.of(FILES.resolve("transformer.safetensors"))
                .base(FLUX)
                .vae(FILES.resolve("vae.safetensors"))
                .textEncoder(FLUX.resolve("text_encoder/model.safetensors"));
    }

    private static ModelFiles hunyuan() {
        return ModelFiles.of(FILES.resolve("hunyuan.safetensors"))
                .base(HUNYUAN)
                .vae(FILES.resolve("hunyuan_vae.safetensors"))
                .textEncoder(FILES.resolve("llava.safetensors"));
    }

    private Path written(ModelFiles files, long shard) throws IOException {
        Path target = temp.resolve("quantized");
        QuantizedFolder.write(Model.open(files), Quantization.INT8_WEIGHTS, target, new Cancellation(), shard);
        return target;
    }

    private static Result made(Model model, Quantization quantization) {
        try (Pipeline pipeline = model.pipeline(new Execution(Device.CPU, DType.FLOAT32, quantization))) {
            return pipeline.generate(Tiny.request(model, 7));
        }
    }

    private static void assertMakesWhat(Path folder, Path ofTheSameWeights) {
        Model stored = Model.open(folder);
        assertThat(stored.storedQuantization()).isEqualTo(Quantization.INT8_WEIGHTS);
        Result ours = made(stored, Quantization.NONE);
        Result theirs = made(Model.open(ofTheSameWeights), Quantization.INT8_WEIGHTS);
        assertThat(ours.latents()).isEqualTo(theirs.latents());
        assertThat(ours.frames()).isEqualTo(theirs.frames());
    }

    @ParameterizedTest
    @ValueSource(longs = {SHARD, 20_000})
    void write_ofFluxInFiles_isTheQuantizedModel(long shard) throws IOException {
        Path folder = written(flux(), shard);
        assertMakesWhat(folder, FLUX);
        assertThat(folder.resolve("text_encoder/model.safetensors").toFile().exists())
                .isEqualTo(shard == SHARD);
    }

    @ParameterizedTest
    @ValueSource(longs = {SHARD, 20_000})
    void write_ofHunyuanVideoInFiles_isTheQuantizedModel(long shard) throws IOException {
        assertMakesWhat(written(hunyuan(), shard), HUNYUAN);
    }

    @Test
    void write_ofFiles_leavesOutWhatIsOfALargerModel() throws IOException {
        Path llama = written(hunyuan(), SHARD).resolve("text_encoder/model.safetensors");
        try (SafetensorsFile ours = SafetensorsFile.open(llama);
                SafetensorsFile folders = SafetensorsFile.open(HUNYUAN.resolve("text_encoder/model.safetensors"))) {
            assertThat(ours.infos()).isEqualTo(folders.infos());
        }
    }

    @Test
    void write_ofAFile_namesItsComponentsInAnIndex() throws IOException {
        JsonNode index = json(written(flux(), SHARD).resolve("model_index.json"));
        assertThat(index.get("_class_name").asText()).isEqualTo("FluxPipeline");
        JsonNode folders = json(FLUX.resolve("model_index.json"));
        for (String name : List.of("transformer", "vae", "scheduler", "text_encoder", "text_encoder_2", "tokenizer")) {
            assertThat(index.get(name)).as(name).isEqualTo(folders.get(name));
        }
    }

    private static JsonNode json(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }

    /** FLUX.1-schnell's schedule, which lies in no file, is written too; the base's advice goes along, its other texts do not. */
    @Test
    void write_withABaseOfAnotherSchedule_writesTheOneThatIsTaken() throws IOException {
        TinyFolder base = TinyFolder.copy(Tiny.PICTURES, temp.resolve("schnell"));
        base.edit("transformer/config.json", json -> json.put("guidance_embeds", false));
        base.edit(
                "scheduler/scheduler_config.json",
                json -> json.put("use_dynamic_shifting", false).put("shift", 1.0));
        base.write("bottleneck4j.yaml", "steps: 5\n").write("LICENSE", "the base's");
        Path folder =
                written(ModelFiles.of(FILES.resolve("transformer.safetensors")).base(base.path()), SHARD);
        assertThat(json(folder.resolve("scheduler/scheduler_config.json"))
                        .get("use_dynamic_shifting")
                        .asBoolean())
                .isTrue();
        assertThat(Model.open(folder).own().steps()).hasValue(5);
        assertThat(folder.resolve("LICENSE")).doesNotExist();
    }

    @Test
    void write_ofAFolderWithAnotherVae_takesThatOne() throws IOException {
        Path own = FLUX.resolve("vae/diffusion_pytorch_model.safetensors");
        Path other = temp.resolve("other.safetensors");
        try (Scope scope = Scope.open();
                SafetensorsFile source = SafetensorsFile.open(own)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            source.infos().keySet().forEach(name -> tensors.put(name, source.tensor(name)));
            tensors.computeIfPresent("decoder.conv_in.bias", (name, bias) -> bias.add(1));
            SafetensorsWriter.write(other, tensors, Map.of());
        }
        Path folder = written(ModelFiles.of(FLUX).vae(other), SHARD);
        try (Scope scope = Scope.open();
                SafetensorsFile expected = SafetensorsFile.open(other);
                SafetensorsFile ours =
                        SafetensorsFile.open(folder.resolve("vae/diffusion_pytorch_model.safetensors"))) {
            assertThat(ours.tensor("decoder.conv_in.bias").toFloats())
                    .isEqualTo(expected.tensor("decoder.conv_in.bias").toFloats());
        }
        assertThat(made(Model.open(folder), Quantization.NONE).latents())
                .isEqualTo(made(Model.open(FLUX), Quantization.INT8_WEIGHTS).latents());
    }

    @Test
    void write_ofAVariant_makesItTheFoldersOwn() throws IOException {
        TinyFolder variants = TinyFolder.copy(Tiny.PICTURES, temp.resolve("variants"));
        for (String weights :
                List.of("transformer/diffusion_pytorch_model", "text_encoder/model", "vae/diffusion_pytorch_model")) {
            Files.move(
                    variants.path().resolve(weights + ".safetensors"),
                    variants.path().resolve(weights + ".fp16.safetensors"));
        }
        Path folder = written(ModelFiles.of(variants.path()).variant("fp16"), SHARD);
        assertMakesWhat(folder, FLUX);
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(file -> file.toString().contains("fp16"))).isEmpty();
        }
    }

    @Test
    void write_ofAPackedTextEncoder_saysWhereToNameIt() {
        Path packed = FILES.resolve("llama_fp8.safetensors");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> written(hunyuan().textEncoder(packed), SHARD))
                .withMessage("quantize: text_encoder must be of 16 or 32 bits to be written to a folder, but " + packed
                        + " holds it as F8_E4M3; leave it to a base here, and name the file where the folder is used:"
                        + " --text-encoder " + packed);
        assertThat(temp.resolve("quantized")).doesNotExist();
    }

    /** As the message above says. */
    @Test
    void open_ofAQuantizedFolderWithAPackedTextEncoder_runs() throws IOException {
        Path packed = FILES.resolve("llama_fp8.safetensors");
        Path folder = written(hunyuan(), SHARD);
        assertThat(made(Model.open(ModelFiles.of(folder).textEncoder(packed)), Quantization.NONE)
                        .latents())
                .isNotEqualTo(made(Model.open(folder), Quantization.NONE).latents());
    }

    @Test
    void write_ofFilesThatDoNotFit_isRefusedBeforeAnythingIsWritten() throws IOException {
        Path bare = temp.resolve("bare.safetensors");
        try (Scope scope = Scope.open();
                TensorSource source = TensorSource.open(FILES.resolve("hunyuan_vae.safetensors"))) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            source.infos().keySet().stream()
                    .filter(name -> !name.equals("quant_conv.bias"))
                    .forEach(name -> tensors.put(name, source.tensor(name)));
            SafetensorsWriter.write(bare, tensors, Map.of());
        }
        assertThatThrownBy(() -> written(hunyuan().vae(bare), SHARD))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith("vae: weights do not fit config.json: 1 missing (quant_conv.bias)");
        assertThat(temp.resolve("quantized")).doesNotExist();
    }
}
