package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.WeightsException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AutoencoderKlTest {
    private static final float TOLERANCE = 1e-4f;

    private final List<TensorSource> opened = new ArrayList<>();
    private Scope scope;

    /** Layers this small only lose by sharing out their work. */
    @BeforeAll
    static void useOneThread() {
        Libtorch.setThreads(1);
    }

    @BeforeEach
    void openScope() {
        scope = Scope.open();
    }

    @AfterEach
    void closeScope() {
        scope.close();
        opened.forEach(TensorSource::close);
    }

    private TensorSource golden(String name) {
        TensorSource source = SafetensorsFile.open(Golden.ROOT.resolve(name));
        opened.add(source);
        return source;
    }

    /** tiny-a: two layers a block, no quant convolutions; tiny-b: one layer, with them, another width at the bottom. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void decode_ofGoldenLatents_equalsDiffusers(String name) {
        TensorSource golden = golden("vae/" + name + "-decode.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load(name, DType.FLOAT32)) {
            Tensor picture = vae.model().decode(golden.tensor("in.latents"));
            assertClose(picture, golden.tensor("out.sample"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void decoder_partByPart_equalsDiffusers(String name) {
        TensorSource golden = golden("vae/" + name + "-decode.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load(name, DType.FLOAT32)) {
            String first = golden.infos().containsKey("out.post_quant_conv") ? "out.post_quant_conv" : "in.latents";
            List<String> outputs = List.of(
                    "out.conv_in",
                    "out.mid_block",
                    "out.up_blocks.0",
                    "out.up_blocks.1",
                    "out.up_blocks.2",
                    "out.up_blocks.3",
                    "out.conv_norm_out",
                    "out.sample");
            assertParts(vae.model().decoder().parts(), golden, first, outputs);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void encode_ofGoldenPicture_equalsDiffusers(String name) {
        TensorSource golden = golden("vae/" + name + "-encode.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load(name, DType.FLOAT32)) {
            Moments moments = vae.model().encode(golden.tensor("in.sample"));
            assertClose(moments.mean(), golden.tensor("out.mean"));
            assertClose(moments.logvar(), golden.tensor("out.logvar"));
            assertClose(moments.mode(), golden.tensor("out.mode"));
            Tensor std = golden.tensor("out.std");
            Tensor ones = Tensor.zeros(DType.FLOAT32, Device.CPU, std.shape()).add(1);
            assertClose(moments.sample(ones), golden.tensor("out.mean").add(std));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void encoder_partByPart_equalsDiffusers(String name) {
        TensorSource golden = golden("vae/" + name + "-encode.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load(name, DType.FLOAT32)) {
            List<String> outputs = List.of(
                    "out.conv_in",
                    "out.down_blocks.0",
                    "out.down_blocks.1",
                    "out.down_blocks.2",
                    "out.down_blocks.3",
                    "out.mid_block",
                    "out.conv_norm_out");
            List<Layer.Chain> parts = vae.model().encoder().parts();
            assertParts(parts.subList(0, outputs.size()), golden, "in.sample", outputs);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void decodeTiled_ofLargeLatents_equalsDiffusers(String name) {
        TensorSource golden = golden("vae/" + name + "-tiled.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load(name, DType.FLOAT32)) {
            AutoencoderKl model = vae.model();
            Tensor picture = model.decodeTiled(
                    golden.tensor("in.latents"), model.config().tileCells());
            assertClose(picture, golden.tensor("out.sample"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void encodeTiled_ofLargePicture_equalsDiffusers(String name) {
        TensorSource golden = golden("vae/" + name + "-tiled.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load(name, DType.FLOAT32)) {
            AutoencoderKl model = vae.model();
            Tensor picture = scoped(() -> Tensor.of(
                    clamped(golden.tensor("out.sample")),
                    golden.tensor("out.sample").shape()));
            Tensor expected = golden.tensor("out.encoded_moments");
            int rows = Math.toIntExact(expected.size(2)) * model.config().pixelsPerCell();
            Moments moments = model.encodeTiled(
                    picture.until(2, rows).contiguous(), model.config().tileCells());
            assertClose(moments.mean(), expected.chunk(2, 1).get(0));
            assertClose(moments.logvar(), expected.chunk(2, 1).get(1));
        }
    }

    @Test
    void decodeTiled_ofLatentsNoLargerThanATile_equalsDecode() {
        TensorSource golden = golden("vae/tiny-a-decode.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-a", DType.FLOAT32)) {
            Tensor z = golden.tensor("in.latents");
            assertThat(vae.model().decodeTiled(z, 8).toFloats())
                    .isEqualTo(vae.model().decode(z).toFloats());
        }
    }

    @Test
    void decode_ofTwoLatents_equalsEachAlone() {
        TensorSource golden = golden("vae/tiny-a-tiled.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-a", DType.FLOAT32)) {
            Tensor wide = golden.tensor("in.latents");
            Tensor first = wide.narrow(3, 0, 8).contiguous();
            Tensor second = wide.narrow(3, 8, 8).contiguous();
            Tensor both = vae.model().decodeTiled(Ops.cat(0, first, second), 8);
            assertClose(both.narrow(0, 0, 1), vae.model().decodeTiled(first, 8));
            assertClose(both.narrow(0, 1, 1), vae.model().decodeTiled(second, 8));
        }
    }

    @Test
    void decode_inBfloat16_isNearFloat32() {
        TensorSource golden = golden("vae/tiny-a-decode.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-a", DType.BFLOAT16)) {
            Tensor picture = vae.model().decode(golden.tensor("in.latents"));
            assertThat(picture.dtype()).isEqualTo(DType.BFLOAT16);
            Tensor expected = golden.tensor("out.sample");
            double error = norm(picture.to(DType.FLOAT32).sub(expected)) / norm(expected);
            assertThat(error).isLessThan(0.05); // diffusers 0.036 to 0.037, by processor
        }
    }

    @Test
    void encode_thenDecode_keepsTheShape() {
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-b", DType.FLOAT32)) {
            Moments moments = vae.model().encode(Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 3, 24, 40));
            assertThat(moments.mode().shape()).containsExactly(1, 4, 3, 5);
            assertThat(vae.model().decode(moments.mode()).shape()).containsExactly(1, 3, 24, 40);
        }
    }

    @Test
    void toModel_ofFromModel_returnsTheLatents() {
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-a", DType.FLOAT32)) {
            Tensor latents = Tensor.of(new float[] {1, -2}, 2);
            Tensor own = vae.model().fromModel(latents);
            assertThat(own.toFloats()[0]).isCloseTo(1 / 0.3611f + 0.1159f, within(1e-6f));
            assertClose(vae.model().toModel(own), latents);
        }
    }

    @Test
    void load_ofFileWithOldAttentionNames_decodesTheSame() {
        TensorSource golden = golden("vae/tiny-a-decode.safetensors");
        GoldenTensors source = GoldenTensors.of("golden/folders/tiny-a/vae");
        for (String key : List.copyOf(source.infos().keySet())) {
            String old = key.replace(".to_q.", ".query.")
                    .replace(".to_k.", ".key.")
                    .replace(".to_v.", ".value.")
                    .replace(".to_out.0.", ".proj_attn.");
            if (!old.equals(key)) {
                source.renamed(key, old);
            }
        }
        AutoencoderKlConfig config = TinyVae.config("golden/folders/tiny-a/vae/config.json");
        assertThat(source.infos()).containsKey("decoder.mid_block.attentions.0.proj_attn.weight");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load(config, source, DType.FLOAT32)) {
            assertClose(vae.model().decode(golden.tensor("in.latents")), golden.tensor("out.sample"));
        }
    }

    @Test
    void load_ofFileOfAnotherShape_namesTheTensors() {
        AutoencoderKlConfig config = TinyVae.config("golden/folders/tiny-b/vae/config.json");
        TensorSource other = golden("folders/tiny-a/vae/diffusion_pytorch_model.safetensors");
        assertThatThrownBy(() -> TinyVae.load(config, other, DType.FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("8 missing (decoder.up_blocks.1.resnets.0.conv_shortcut.bias,")
                .hasMessageContaining("64 unexpected (decoder.up_blocks.0.resnets.2.conv1.bias,");
    }

    @Test
    void decode_ofLatentsTooLargeForTheType_throwsNamingTheType() {
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-a", DType.FLOAT32)) {
            Tensor huge = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 4, 2, 2).add(3e38);
            assertThatThrownBy(() -> vae.model().decode(huge))
                    .isInstanceOf(NonFinitePictureException.class)
                    .hasMessage("decode: the picture holds NaN or infinity in float32, though its latents are finite; "
                            + "decode them again in float32 (float16 overflows in most autoencoders)");
        }
    }

    @Test
    void decode_ofNonFiniteLatents_blamesTheLatents() {
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-a", DType.FLOAT32)) {
            Tensor nan = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 4, 2, 2).add(Double.NaN);
            assertThatThrownBy(() -> vae.model().decode(nan))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("latents: hold NaN or infinity; there is nothing to decode");
        }
    }

    @Test
    void badInput_isRefusedWithARemedy() {
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-a", DType.FLOAT32)) {
            AutoencoderKl model = vae.model();
            Tensor z = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 4, 9, 9);
            assertThatThrownBy(() -> model.decode(z.until(1, 3)))
                    .hasMessage("latents: must be [B, 4, height, width], not [1, 3, 9, 9]");
            assertThatThrownBy(() -> model.decodeTiled(z, 6))
                    .hasMessage("tile: 6 cells is not a positive multiple of 4; use 4");
            Tensor picture = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 3, 16, 20);
            assertThatThrownBy(() -> model.encode(picture))
                    .hasMessage("width: 20 px is not a multiple of 8; use 16 or 24");
        }
    }

    @Test
    void decode_tenTimes_leavesNothingBehind() {
        TensorSource golden = golden("vae/tiny-a-tiled.safetensors");
        try (Weights.Loaded<AutoencoderKl> vae = TinyVae.load("tiny-a", DType.FLOAT32)) {
            long before = 0;
            for (int i = 0; i < 11; i++) {
                if (i == 1) {
                    before = Libtorch.livePointers();
                }
                try (Scope inner = Scope.open()) {
                    Tensor z = golden.tensor("in.latents");
                    Tensor picture = vae.model().decode(z);
                    Tensor tiled = vae.model().decodeTiled(z, 8);
                    Moments moments = vae.model().encode(picture);
                    assertThat(moments.mean().numel() * 48).isEqualTo(tiled.numel());
                }
            }
            // fewer, where the collector frees what earlier tests dropped
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        }
    }

    private static void assertParts(List<Layer.Chain> parts, TensorSource golden, String input, List<String> outputs) {
        assertThat(parts).hasSameSizeAs(outputs);
        Tensor x = golden.tensor(input);
        for (int i = 0; i < parts.size(); i++) {
            Tensor expected = golden.tensor(outputs.get(i));
            assertClose(outputs.get(i), parts.get(i).forward(x), expected, TOLERANCE);
            x = expected; // so that each part is judged alone
        }
    }

    private static double norm(Tensor x) {
        double squares = 0;
        for (float value : x.toFloats()) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    private static void assertClose(Tensor actual, Tensor expected) {
        assertClose("values", actual, expected, TOLERANCE);
    }

    private static void assertClose(String what, Tensor actual, Tensor expected, double tolerance) {
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        float[] a = actual.toFloats();
        float[] e = expected.toFloats();
        double largest = IntStream.range(0, a.length)
                .mapToDouble(i -> Math.abs((double) a[i] - e[i]))
                .max()
                .orElseThrow();
        assertThat(largest).as(what + ": largest difference").isLessThan(tolerance);
    }

    private static float[] clamped(Tensor picture) {
        float[] values = picture.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(-1, Math.min(1, values[i]));
        }
        return values;
    }
}
