package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shapes: a, Wan 2.1's; b and c, Wan 2.2's, with patches and shortcuts; q, Qwen-Image's. */
class AutoencoderKlWanTest {
    private static final double TOLERANCE = 1e-4;

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
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b", "c", "q"})
    void decode_ofGoldenLatents_equalsDiffusers(String shape) {
        try (Golden golden = Golden.open("vae/wan-" + shape + "-decode");
                Weights.Loaded<AutoencoderKlWan> vae = load(shape)) {
            golden.assertClose("out.sample", vae.model().decode(golden.tensor("in.latents")), TOLERANCE);
            golden.assertClose("out.first", vae.model().decode(golden.tensor("in.first")), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b", "c", "q"})
    void encode_ofGoldenVideo_equalsDiffusers(String shape) {
        try (Golden golden = Golden.open("vae/wan-" + shape + "-encode");
                Weights.Loaded<AutoencoderKlWan> vae = load(shape)) {
            Tensor video = golden.tensor("in.sample");
            golden.assertClose("out.moments", joined(vae.model().encode(video)), TOLERANCE);
            golden.assertClose("out.picture", joined(vae.model().encode(video.until(2, 1))), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b", "c", "q"})
    void decoder_partByPart_equalsDiffusers(String shape) {
        try (Golden golden = Golden.open("vae/wan-" + shape + "-decode");
                Weights.Loaded<AutoencoderKlWan> vae = load(shape)) {
            List<StreamedLayer> parts = vae.model().decoder().parts();
            assertParts(parts, golden, Stream.of("conv_in", "mid_block"), "up_blocks", Stream.of());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b", "c", "q"})
    void encoder_partByPart_equalsDiffusers(String shape) {
        try (Golden golden = Golden.open("vae/wan-" + shape + "-encode");
                Weights.Loaded<AutoencoderKlWan> vae = load(shape)) {
            List<StreamedLayer> parts = vae.model().encoder().parts();
            assertParts(parts, golden, Stream.of("conv_in"), "down_blocks", Stream.of("mid_block"));
        }
    }

    /** Each part but the last two is given what diffusers gave it, chunk by chunk, so that an error shows where it is made. */
    private static void assertParts(
            List<StreamedLayer> parts, Golden golden, Stream<String> first, String blocks, Stream<String> last) {
        Stream<String> middle = IntStream.iterate(0, i -> golden.has("out." + blocks + "." + i), i -> i + 1)
                .mapToObj(i -> blocks + "." + i);
        List<String> names = Stream.concat(Stream.concat(first, middle), last).toList();
        assertThat(parts).hasSize(names.size() + 2); // norm_out and conv_out
        for (int i = 1; i < names.size(); i++) {
            Tensor in = golden.tensor("out." + names.get(i - 1));
            long each = (in.size(2) - 1) / (golden.json().get("chunks").asInt() - 1);
            List<Tensor> made = new ArrayList<>();
            try (Past past = new Past()) {
                for (long start = 0; start < in.size(2); start += start == 0 ? 1 : each) {
                    Tensor chunk = MemoryFormat.channelsLast(in.narrow(2, start, start == 0 ? 1 : each));
                    made.add(parts.get(i).forward(chunk, past));
                    past.next();
                }
            }
            golden.assertClose("out." + names.get(i), Ops.cat(2, made.toArray(Tensor[]::new)), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b", "q"})
    void inTiles_ofGoldenLatents_equalsDiffusers(String shape) {
        try (Golden golden = Golden.open("vae/wan-" + shape + "-tiled");
                Weights.Loaded<AutoencoderKlWan> vae = load(shape)) {
            int tile = golden.json().get("tile").asInt();
            Tensor decoded = vae.model().decodeTiled(golden.tensor("in.latents"), tile);
            golden.assertClose("out.sample", decoded, TOLERANCE);
            if (golden.has("out.encoded_moments")) {
                Moments moments = vae.model().encodeTiled(golden.tensor("out.sample"), tile);
                golden.assertClose("out.encoded_moments", joined(moments), TOLERANCE);
            }
        }
    }

    @Test
    void decodeInChunks_handsOutTheFirstFrameAndThenFours() {
        try (Golden golden = Golden.open("vae/wan-b-decode");
                Weights.Loaded<AutoencoderKlWan> vae = load("b")) {
            List<Long> frames = new ArrayList<>();
            List<Tensor> chunks = new ArrayList<>();
            vae.model().decode(golden.tensor("in.latents"), chunk -> {
                frames.add(chunk.size(2));
                chunks.add(Tensor.of(chunk.toFloats(), chunk.shape()).retain());
            });
            assertThat(frames).containsExactly(1L, 4L, 4L);
            golden.assertClose("out.sample", Ops.cat(2, chunks.toArray(Tensor[]::new)), TOLERANCE);
            chunks.forEach(Tensor::close);
        }
    }

    @Test
    void latentsOfTheModel_areNormalisedByChannel_andBack() {
        try (Weights.Loaded<AutoencoderKlWan> vae = load("a")) {
            AutoencoderKlWanConfig config = vae.model().config();
            Tensor ones = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 4, 1, 1, 1).add(1);
            float[] z = vae.model().fromModel(ones).toFloats();
            for (int i = 0; i < z.length; i++) {
                double expected =
                        config.latentsStd().get(i) + config.latentsMean().get(i);
                assertThat((double) z[i]).isCloseTo(expected, within(1e-6));
            }
            float[] back = vae.model().toModel(vae.model().fromModel(ones)).toFloats();
            for (float value : back) {
                assertThat(value).isCloseTo(1, within(1e-6f));
            }
        }
    }

    @Test
    void badInput_isRefusedWithARemedy() {
        try (Weights.Loaded<AutoencoderKlWan> vae = load("b")) {
            AutoencoderKlWan model = vae.model();
            Tensor z = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 3, 2, 4, 4);
            Tensor video = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 3, 5, 16, 12);
            assertThatThrownBy(() -> model.decode(z.until(1, 2)))
                    .hasMessage("latents: must be [B, 3, frames, height, width], not [1, 2, 2, 4, 4]");
            assertThatThrownBy(() -> model.toModel(z.select(2, 0)))
                    .hasMessage("latents: must be [B, 3, frames, height, width], not [1, 3, 4, 4]");
            assertThatThrownBy(() -> model.decodeTiled(z, 40))
                    .hasMessage("tile: 40 px is not a multiple of 32; use 32 or 64");
            assertThatThrownBy(() -> model.decode(z.add(Double.NaN)))
                    .hasMessage("latents: hold NaN or infinity; there is nothing to decode");
            assertThatThrownBy(() -> model.encode(video))
                    .hasMessage("width: 12 px is not a multiple of 8; use 8 or 16");
            assertThatThrownBy(() -> model.encode(video.until(2, 4)))
                    .hasMessage("frames: 4 is not one more than a multiple of 4; use 1 or 5");
        }
    }

    /** By hand: the decoder of one residual block at the frame's own resolution is the widest part of Qwen-Image's. */
    @Test
    void memory_growsWithTheFrame_andNotWithTheLength() {
        AutoencoderKlWanConfig config = AutoencoderKlWanConfig.from(Config.parse("config.json", "{}"));
        long picture = WanDecodeMemory.bytes(config, DType.FLOAT32, 0, 1, 60, 104);
        long two = WanDecodeMemory.bytes(config, DType.FLOAT32, 0, 2, 60, 104);
        long video = WanDecodeMemory.bytes(config, DType.FLOAT32, 0, 21, 60, 104);
        long pixels = 480L * 832;
        assertThat(video).isEqualTo(two).isGreaterThan(picture);
        assertThat(WanDecodeMemory.bytes(config, DType.FLOAT32, 0, 21, 120, 104))
                .isBetween(video * 19 / 10, video * 2);
        // In tiles, the decoded video is held, and tiles of 256 × 256 pixels beside it.
        long tiled = WanDecodeMemory.bytes(config, DType.FLOAT32, 256, 21, 60, 104);
        long tile = WanDecodeMemory.bytes(config, DType.FLOAT32, 0, 21, 32, 32);
        assertThat(tiled).isEqualTo(tile + 4 * 3 * 81 * (pixels + 256 * 256));
        assertThat(WanDecodeMemory.bytes(config, DType.BFLOAT16, 0, 21, 60, 104))
                .isEqualTo(video / 2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            dim_mult             | []               | dim_mult: must hold 1 to 16 numbers, not 0
            temperal_downsample  | [true]           | temperal_downsample: must be true for two of the blocks and false for the others, one value for each but the last of dim_mult, not [true] of 4
            temperal_downsample  | [true, true, true] | temperal_downsample: must be true for two of the blocks and false for the others, one value for each but the last of dim_mult, not [true, true, true] of 4
            attn_scales          | [1.0]            | attn_scales: must be empty, as in all published autoencoders, not [1.0]
            latents_mean         | [0]              | latents_mean: must hold a number for each of the z_dim 4 channels, not 1
            latents_std          | [0, 1, 1, 1]     | latents_std: must not hold 0, by which latents are divided
            scale_factor_spatial | 16               | scale_factor_spatial: is 16, but the side of a cell by dim_mult and patch_size, which says the same, is 8; make them agree
            scale_factor_temporal | 8               | scale_factor_temporal: is 8, but frames of a cell by temperal_downsample, which says the same, is 4; make them agree
            num_res_blocks       | 0                | num_res_blocks: must be at least 1, not 0
            """)
    void configuration_thatCannotBeFollowed_isRefused(String key, String value, String message) {
        assertThatThrownBy(() -> AutoencoderKlWanConfig.from(changed("a", key, value)))
                .hasMessageEndingWith(message);
    }

    @Test
    void configuration_ofAnotherClass_isRefused() {
        assertThatThrownBy(() -> AutoencoderKlWanConfig.from(changed("a", "_class_name", "\"AutoencoderKL\"")))
                .hasMessageContaining("it reads AutoencoderKLQwenImage or AutoencoderKLWan");
    }

    @Test
    void configuration_ofNothing_isWan21() {
        AutoencoderKlWanConfig config = AutoencoderKlWanConfig.from(Config.parse("config.json", "{}"));
        assertThat(config.cell()).isEqualTo(8);
        assertThat(config.baseDim()).isEqualTo(96);
        assertThat(config.decoderBaseDim()).isEqualTo(96);
        assertThat(config.zDim()).isEqualTo(16);
        assertThat(config.latentsStd()).endsWith(1.9160);
        assertThat(config.temporalDownsample()).containsExactly(false, true, true);
        assertThat(config.isResidual()).isFalse();
        assertThat(AutoencoderKlWanConfig.frames(21)).isEqualTo(81);
    }

    private static Config changed(String shape, String key, String value) {
        ObjectNode json =
                TinyVae.json("golden/vae/wan-" + shape + ".json").get("config").deepCopy();
        json.set(key, Config.parse("value", "{\"value\": " + value + "}").json().get("value"));
        Consumer<String> notes = note -> {};
        return new Config(Path.of("config.json"), json, notes);
    }

    private static Weights.Loaded<AutoencoderKlWan> load(String shape) {
        List<String> notes = new ArrayList<>();
        String json = "golden/vae/wan-" + shape + ".json";
        AutoencoderKlWanConfig config = AutoencoderKlWanConfig.from(
                new Config(Path.of(json), TinyVae.json(json).get("config"), notes::add));
        assertThat(notes).isEmpty(); // every key is known
        return Weights.load(
                "vae",
                SafetensorsFile.open(Golden.ROOT.resolve("vae/wan-" + shape + ".safetensors")),
                DType.FLOAT32,
                Device.CPU,
                w -> new AutoencoderKlWan(config, w));
    }

    private static Tensor joined(Moments moments) {
        return Ops.cat(1, moments.mean(), moments.logvar());
    }
}
