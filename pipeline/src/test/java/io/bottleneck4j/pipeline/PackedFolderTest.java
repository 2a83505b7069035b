package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder whose transformer is stored in 8-bit floats with scales, as ComfyUI's tools write them, beside one of the same values. */
class PackedFolderTest {
    private static final String WEIGHTS = "transformer/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path temp;

    private Model packed;
    private Model unpacked;

    @BeforeEach
    void setUp() throws IOException {
        pack("tiny-a");
    }

    private void pack(String name) throws IOException {
        Path one = TinyFolder.copy(name, temp.resolve(name + "-packed")).path();
        Path other = TinyFolder.copy(name, temp.resolve(name + "-unpacked")).path();
        writePacked(other.resolve(WEIGHTS), one.resolve(WEIGHTS));
        Map<String, Tensor> values = new LinkedHashMap<>();
        try (Scope scope = Scope.open();
                TensorSource source = TensorSource.open(one.resolve(WEIGHTS))) {
            source.infos().keySet().forEach(weight -> values.put(weight, source.tensor(weight)));
            Files.delete(other.resolve(WEIGHTS));
            SafetensorsWriter.write(other.resolve(WEIGHTS), values, Map.of());
        }
        packed = Model.open(one);
        unpacked = Model.open(other);
    }

    /** Matrices as F8_E5M2, which is the upper half of float16, with a scale of 0.5; all else as it is. */
    private static void writePacked(Path from, Path to) throws IOException {
        ObjectNode header = new ObjectMapper().createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (Scope scope = Scope.open();
                TensorSource source = TensorSource.open(from)) {
            for (String name : source.infos().keySet()) {
                Tensor tensor = source.tensor(name);
                boolean packs = tensor.dim() == 2 && name.endsWith(".weight");
                ByteBuffer bytes = (packs ? tensor.mul(2).to(DType.FLOAT16) : tensor.to(DType.FLOAT32)).bytes();
                byte[] all = new byte[bytes.remaining()];
                bytes.get(all);
                put(header, name, packs ? "F8_E5M2" : "F32", tensor.shape(), data, packs ? upper(all) : all);
                if (packs) {
                    put(
                            header,
                            name.replace(".weight", ".scale_weight"),
                            "F32",
                            new long[0],
                            data,
                            ByteBuffer.allocate(4)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putFloat(0.5f)
                                    .array());
                }
            }
        }
        byte[] json = new ObjectMapper().writeValueAsBytes(header);
        Files.delete(to);
        Files.write(
                to,
                ByteBuffer.allocate(8 + json.length + data.size())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .put(data.toByteArray())
                        .array());
    }

    private static byte[] upper(byte[] halves) {
        byte[] upper = new byte[halves.length / 2];
        for (int i = 0; i < upper.length; i++) {
            upper[i] = halves[2 * i + 1];
        }
        return upper;
    }

    private static void put(
            ObjectNode header, String name, String type, long[] shape, ByteArrayOutputStream data, byte[] bytes) {
        ObjectNode entry = header.putObject(name).put("dtype", type);
        for (long size : shape) {
            entry.withArray("shape").add(size);
        }
        entry.withArray("shape");
        entry.putArray("data_offsets").add(data.size()).add(data.size() + bytes.length);
        data.writeBytes(bytes);
    }

    private static Latents latents(Model model, Quantization quantization, Residency residency) {
        Execution execution = new Execution(Device.CPU, DType.FLOAT32, quantization);
        try (Pipeline pipeline = model.pipeline(execution, residency)) {
            Request request = Tiny.request(model, 7);
            return pipeline.denoise(request, pipeline.encode(request));
        }
    }

    private static void assertClose(Latents actual, Latents expected, double tolerance) {
        FloatBuffer a = actual.asReadOnlyBuffer();
        FloatBuffer b = expected.asReadOnlyBuffer();
        assertThat(a.remaining()).isEqualTo(b.remaining());
        while (a.hasRemaining()) {
            assertThat((double) a.get()).isCloseTo(b.get(), within(tolerance));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunyuan-a", "z-image-a", "flux2-a", "qwen-image-a", "wan-a"})
    void denoise_ofPackedWeightsOfEveryFamily_isThatOfTheirValues(String name) throws IOException {
        pack(name);
        Latents actual = latents(packed, Quantization.NONE, Residency.KEEP);
        assertClose(actual, latents(unpacked, Quantization.NONE, Residency.KEEP), 1e-4);
        assertThat(actual).isNotEqualTo(latents(Tiny.model(name), Quantization.NONE, Residency.KEEP));
    }

    @Test
    void denoise_ofPackedWeights_isThatOfTheirValues() {
        Latents expected = latents(unpacked, Quantization.NONE, Residency.KEEP);
        Latents actual = latents(packed, Quantization.NONE, Residency.KEEP);
        assertClose(actual, expected, 1e-4);
        assertThat(latents(packed, Quantization.NONE, Residency.STREAM)).isEqualTo(actual);
        assertThat(actual).isNotEqualTo(latents(Tiny.model("tiny-a"), Quantization.NONE, Residency.KEEP));
    }

    @Test
    void denoise_quantizing_unpacksAndThenRounds() {
        assertClose(
                latents(packed, Quantization.INT8_WEIGHTS, Residency.KEEP),
                latents(unpacked, Quantization.INT8_WEIGHTS, Residency.KEEP),
                1e-4);
    }

    @Test
    void memory_statesThePackedBytes() {
        assertThat(packed.storedType()).isEqualTo(DType.BFLOAT16);
        for (Residency residency : new Residency[] {Residency.RELEASE_TEXT_ENCODERS, Residency.STREAM}) {
            assertThat(weights(packed, residency)).isLessThan(weights(unpacked, residency) / 2);
        }
        Map<String, TensorInfo> infos =
                Model.component(packed.folder(), "transformer").infos();
        long held = infos.values().stream().mapToLong(TensorInfo::bytes).sum();
        long largest = infos.values().stream()
                .filter(info -> info.packing() != null)
                .mapToLong(TensorInfo::numel)
                .max()
                .orElseThrow();
        assertThat(weights(packed, Residency.RELEASE_TEXT_ENCODERS)).isEqualTo(held + 4 * largest);
    }

    private static long weights(Model model, Residency residency) {
        return model.memory(model.planner().named("baseline", Planner.Size.DEFAULT), Tiny.FLOAT32, residency).stream()
                .filter(use -> use.part().startsWith("transformer"))
                .mapToLong(MemoryUse::weights)
                .max()
                .orElseThrow();
    }

    @Test
    void write_ofAPackedModel_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        QuantizedFolder.write(packed, Quantization.INT8, temp.resolve("again"), new Cancellation()))
                .withMessageMatching("quantize: the weights of .* are stored as F8_E5M2; name the model they were made"
                        + " from, or quantize these as they are loaded: generate --quantize int8");
    }
}
