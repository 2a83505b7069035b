package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QuantizationTest {
    private static final String WEIGHTS = "transformer/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path temp;

    private static Latents latents(Model model, Quantization quantization) {
        Execution execution = new Execution(Device.CPU, DType.FLOAT32, quantization);
        try (Pipeline pipeline = model.pipeline(execution, Residency.KEEP)) {
            Request request = Tiny.request(model, 7);
            return pipeline.denoise(request, pipeline.encode(request));
        }
    }

    private static double cosine(Latents one, Latents other) {
        FloatBuffer a = one.asReadOnlyBuffer();
        FloatBuffer b = other.asReadOnlyBuffer();
        double ab = 0;
        double aa = 0;
        double bb = 0;
        while (a.hasRemaining()) {
            double x = a.get();
            double y = b.get();
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        return ab / Math.sqrt(aa * bb);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        "tiny-a, INT8, 0.999",
        "tiny-a, INT8_WEIGHTS, 0.999",
        "tiny-a, INT4_WEIGHTS, 0.98",
        "hunyuan-a, INT8, 0.999",
        "hunyuan-a, INT8_WEIGHTS, 0.999",
        "hunyuan-a, INT4_WEIGHTS, 0.98",
        "z-image-a, INT8_WEIGHTS, 0.999",
        "z-image-a, INT4_WEIGHTS, 0.98",
        "flux2-a, INT8, 0.999",
        "flux2-a, INT4_WEIGHTS, 0.95",
        "qwen-image-a, INT8, 0.999",
        "qwen-image-a, INT4_WEIGHTS, 0.98"
    })
    void denoise_quantized_isNearFloat32AndNotTheSame(String name, Quantization quantization, double least) {
        Latents exact = latents(Tiny.model(name), Quantization.NONE);
        Latents quantized = latents(Tiny.model(name), quantization);
        assertThat(cosine(exact, quantized)).isBetween(least, 0.9999999);
    }

    private Path written(String name, Quantization quantization, long shard) throws IOException {
        Path target = temp.resolve(name + "-" + quantization + "-" + shard);
        QuantizedFolder.write(Tiny.model(name), quantization, target, new Cancellation(), shard);
        return target;
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        "tiny-a, INT8, 1000000000",
        "tiny-a, INT8_WEIGHTS, 20000",
        "tiny-a, INT4_WEIGHTS, 1000000000",
        "hunyuan-a, INT4_WEIGHTS, 20000",
        "hunyuan-a, INT8_WEIGHTS, 1000000000",
        "z-image-a, INT8_WEIGHTS, 1000000000",
        "flux2-a, INT8, 1000000000",
        "qwen-image-b, INT8_WEIGHTS, 20000"
    })
    void write_thenOpen_givesTheSameBitsAsQuantizingAtLoad(String name, Quantization quantization, long shard)
            throws IOException {
        Model stored = Model.open(written(name, quantization, shard));
        assertThat(stored.storedQuantization()).isEqualTo(quantization);
        assertThat(stored.storedType()).isEqualTo(Tiny.model(name).storedType());
        assertThat(Files.exists(stored.folder().path().resolve(WEIGHTS))).isEqualTo(shard > 1_000_000);
        assertThat(latents(stored, Quantization.NONE)).isEqualTo(latents(Tiny.model(name), quantization));
    }

    @Test
    void write_ofInt8_holdsWholeNumbersOfTheBlocksAndLeavesTheOthers() throws IOException {
        Path target = written("tiny-a", Quantization.INT8, 1_000_000_000);
        try (SafetensorsFile file = SafetensorsFile.open(target.resolve(WEIGHTS));
                SafetensorsFile before = SafetensorsFile.open(
                        Tiny.model("tiny-a").folder().path().resolve(WEIGHTS))) {
            Map<String, TensorInfo> infos = file.infos();
            TensorInfo weight = Objects.requireNonNull(before.infos().get("transformer_blocks.0.attn.to_q.weight"));
            assertThat(infos.get("transformer_blocks.0.attn.to_q.weight"))
                    .isEqualTo(new TensorInfo(DType.INT8, weight.shape()));
            assertThat(infos.get("transformer_blocks.0.attn.to_q.weight_scale"))
                    .isEqualTo(new TensorInfo(DType.FLOAT32, weight.shape().subList(0, 1)));
            for (String other : new String[] {
                "x_embedder.weight",
                "proj_out.weight",
                "norm_out.linear.weight",
                "transformer_blocks.0.norm1.linear.weight"
            }) {
                assertThat(infos.get(other)).isEqualTo(before.infos().get(other));
            }
        }
    }

    @Test
    void pipeline_ofAnInt8FolderForInt8Weights_runs() throws IOException {
        Model stored = Model.open(written("tiny-a", Quantization.INT8, 1_000_000_000));
        assertThat(latents(stored, Quantization.INT8_WEIGHTS))
                .isEqualTo(latents(Tiny.model("tiny-a"), Quantization.INT8_WEIGHTS));
    }

    @Test
    void origin_ofAQuantizedFolder_saysSo() throws IOException {
        Model stored = Model.open(written("tiny-a", Quantization.INT4_WEIGHTS, 1_000_000_000));
        try (Pipeline pipeline = stored.pipeline(Tiny.FLOAT32)) {
            assertThat(pipeline.origin().quantization()).isEqualTo(Quantization.INT4_WEIGHTS);
            assertThat(pipeline.origin().precision()).isEqualTo("float32, int4-weights");
            Settings settings = Settings.of(Tiny.request(stored, 7), pipeline.origin());
            assertThat(Settings.parse(Model.Kind.PICTURE, settings.toJson())).isEqualTo(settings);
            assertThat(settings.toJson()).contains("\"quantize\":\"int4-weights\"");
        }
    }

    @Test
    void open_asAnotherQuantization_namesBoth() throws IOException {
        Model stored = Model.open(
                "small",
                Model.open(written("tiny-a", Quantization.INT8_WEIGHTS, 1L << 30))
                        .folder());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> latents(stored, Quantization.INT4_WEIGHTS))
                .withMessage("quantize: the weights of small are stored as int8-weights, not as int4-weights; leave"
                        + " --quantize out, or name the model they were made from");
    }

    @Test
    void open_withAScaleMissing_namesIt() throws IOException {
        Path target = written("tiny-a", Quantization.INT8_WEIGHTS, 1_000_000_000);
        String scale = "transformer_blocks.0.attn.to_q.weight_scale";
        try (Scope scope = Scope.open();
                SafetensorsFile file = SafetensorsFile.open(target.resolve(WEIGHTS))) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            file.infos().keySet().stream()
                    .filter(key -> !key.equals(scale))
                    .forEach(key -> tensors.put(key, file.tensor(key)));
            SafetensorsWriter.write(target.resolve(WEIGHTS), tensors, Map.of());
        }
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> latents(Model.open(target), Quantization.NONE))
                .withMessageContaining("1 missing (" + scale + ")");
    }

    @Test
    void open_ofQuantizedWeightsThatConfigDoesNotTellOf_namesTheirType() throws IOException {
        Path target = written("tiny-a", Quantization.INT8_WEIGHTS, 1_000_000_000);
        new TinyFolder(target).edit("transformer/config.json", json -> json.remove("quantization_config"));
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> latents(Model.open(target), Quantization.NONE))
                .withMessageContaining("unexpected")
                .withMessageContaining(".weight is int8, not floating-point");
    }

    @ParameterizedTest
    @CsvSource({
        "bottleneck4j, int3, 64, mode: quantize: must be one of none",
        "bottleneck4j, none, 64, must name a quantization",
        "bottleneck4j, int4-weights, 32, groups of 64",
        "bitsandbytes, int8, 64, which bottleneck4j does not support"
    })
    void open_ofAQuantizationThatIsNotKnown_saysSo(String method, String mode, int group, String message) {
        TinyFolder folder = TinyFolder.copy("tiny-a", temp.resolve("tiny"));
        folder.edit(
                "transformer/config.json",
                json -> json.putObject("quantization_config")
                        .put("quant_method", method)
                        .put("mode", mode)
                        .put("group_size", group));
        assertThatExceptionOfType(FolderException.class)
                .isThrownBy(() -> Model.open(folder.path()))
                .withMessageContaining("config.json: quantization_config")
                .withMessageContaining(message);
    }

    @Test
    void write_whereItCannot_saysWhy() throws IOException {
        Model tiny = Tiny.model("tiny-a");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuantizedFolder.write(tiny, Quantization.NONE, temp, new Cancellation()))
                .withMessage("quantize: none leaves the model as it is; use one of the others");
        Files.writeString(temp.resolve("file"), "");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuantizedFolder.write(tiny, Quantization.INT8, temp, new Cancellation()))
                .withMessageContaining("must be new or an empty folder; name another");
        Model stored = Model.open(written("tiny-a", Quantization.INT8, 1_000_000_000));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        QuantizedFolder.write(stored, Quantization.INT8, temp.resolve("again"), new Cancellation()))
                .withMessageContaining("are stored as int8; name the model they were made from");
    }

    @Test
    void execution_ofInt8OnAGpu_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Execution(Device.parse("cuda:0"), DType.BFLOAT16, Quantization.INT8))
                .withMessage("quantize: int8 is for CPUs, not for cuda:0; use int8-weights");
    }

    /** emoji-flux's blocks are most of its transformer. */
    @Test
    void memory_ofQuantizedWeights_isSmaller() {
        Model flux = Model.open(Path.of("..", "emoji-flux"));
        long plain = weights(flux, Quantization.NONE);
        assertThat(weights(flux, Quantization.INT8_WEIGHTS)).isBetween(plain / 4, plain * 6 / 10);
        assertThat(weights(flux, Quantization.INT4_WEIGHTS))
                .isBetween(plain / 8, weights(flux, Quantization.INT8_WEIGHTS));
    }

    @ParameterizedTest
    @EnumSource(value = Quantization.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void generate_streamedAndQuantized_makesTheSameBits(Quantization quantization) {
        Execution execution = new Execution(Device.CPU, DType.FLOAT32, quantization);
        try (Pipeline keeping = Tiny.model(Tiny.PICTURES).pipeline(execution, Residency.KEEP);
                Pipeline streaming = Tiny.model(Tiny.PICTURES).pipeline(execution, Residency.STREAM)) {
            assertThat(streaming.generate(Tiny.request(streaming.model(), 1)).latents())
                    .isEqualTo(
                            keeping.generate(Tiny.request(keeping.model(), 1)).latents());
        }
    }

    private static long weights(Model model, Quantization quantization) {
        return model
                .memory(
                        model.planner().named("baseline", Planner.Size.DEFAULT),
                        new Execution(Device.CPU, DType.FLOAT32, quantization),
                        Residency.RELEASE_TEXT_ENCODERS)
                .stream()
                .filter(use -> use.part().startsWith("transformer"))
                .mapToLong(MemoryUse::weights)
                .max()
                .orElseThrow();
    }
}
