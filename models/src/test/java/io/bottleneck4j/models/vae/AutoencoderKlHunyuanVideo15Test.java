package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** vae-a: cells of 16 pixels and 4 frames; vae-b: of 4 and 2, and a decoder whose blocks end with their own channels. */
class AutoencoderKlHunyuanVideo15Test {
    private static final double TOLERANCE = 1e-4;

    private static Weights.Loaded<AutoencoderKlHunyuanVideo15> load(Golden golden) {
        AutoencoderKlHunyuanVideo15Config config = AutoencoderKlHunyuanVideo15Config.from(
                new Config(Path.of("config.json"), golden.json().get("config"), note -> {
                    throw new AssertionError(note);
                }));
        return Weights.load(
                "vae",
                GoldenTensors.of(golden.json().get("weights").asText() + "/vae"),
                DType.FLOAT32,
                Device.CPU,
                w -> new AutoencoderKlHunyuanVideo15(config, w));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vae-a", "vae-b"})
    void decode_partByPart_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("hunyuan15/" + name);
                Weights.Loaded<AutoencoderKlHunyuanVideo15> vae = load(golden);
                Scope scope = Scope.open()) {
            Tensor x = golden.tensor("in.latents");
            int compared = 0;
            for (int i = 0; i < vae.model().decoder().parts().size() - 1; i++) {
                x = vae.model().decoder().parts().get(i).forward(x);
                String part = i == 1 ? "mid_block" : "up_blocks." + (i - 2);
                if (i > 0 && golden.has("out.decoder." + part)) {
                    golden.assertClose("out.decoder." + part, x.contiguous(), TOLERANCE);
                    compared++;
                }
            }
            assertThat(compared).isGreaterThan(2);
            golden.assertClose("out.sample", vae.model().decode(golden.tensor("in.latents")), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vae-a", "vae-b"})
    void encode_partByPart_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("hunyuan15/" + name);
                Weights.Loaded<AutoencoderKlHunyuanVideo15> vae = load(golden);
                Scope scope = Scope.open()) {
            Tensor x = golden.tensor("in.video");
            int blocks = vae.model().config().blockOutChannels().size();
            int compared = 0;
            for (int i = 0; i <= blocks + 1; i++) {
                x = vae.model().encoder().parts().get(i).forward(x);
                String part = i == blocks + 1 ? "mid_block" : "down_blocks." + (i - 1);
                if (i > 0 && golden.has("out.encoder." + part)) {
                    golden.assertClose("out.encoder." + part, x.contiguous(), TOLERANCE);
                    compared++;
                }
            }
            assertThat(compared).isGreaterThan(2);
            Moments moments = vae.model().encode(golden.tensor("in.video"));
            golden.assertClose("out.mean", moments.mean(), TOLERANCE);
            golden.assertClose("out.logvar", moments.logvar(), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vae-a", "vae-b"})
    void tiled_equalsDiffusersTiling(String name) {
        try (Golden golden = Golden.open("hunyuan15/" + name + "-tiled");
                Weights.Loaded<AutoencoderKlHunyuanVideo15> vae = load(golden);
                Scope scope = Scope.open()) {
            int tile = golden.json().get("tile").asInt();
            golden.assertClose("out.sample", vae.model().decodeTiled(golden.tensor("in.latents"), tile), TOLERANCE);
            Tensor video = clamped(golden.tensor("out.sample"));
            golden.assertClose("out.mean", vae.model().encodeTiled(video, tile).mean(), TOLERANCE);
        }
    }

    private static Tensor clamped(Tensor x) {
        float[] values = x.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(-1, Math.min(1, values[i]));
        }
        return Tensor.of(values, x.shape());
    }

    @Test
    void fromModel_andBack_scale() {
        try (Golden golden = Golden.open("hunyuan15/vae-b");
                Weights.Loaded<AutoencoderKlHunyuanVideo15> vae = load(golden);
                Scope scope = Scope.open()) {
            Tensor one = Tensor.of(new float[] {0.4f}, 1);
            assertThat(vae.model().fromModel(one).toFloats()).containsExactly(0.5f);
            assertThat(vae.model().toModel(Tensor.of(new float[] {0.5f}, 1)).toFloats())
                    .containsExactly(0.4f);
        }
    }

    @Test
    void of_wrongShapes_isRefusedByName() {
        try (Golden golden = Golden.open("hunyuan15/vae-a");
                Weights.Loaded<AutoencoderKlHunyuanVideo15> vae = load(golden);
                Scope scope = Scope.open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> vae.model().decode(zeros(1, 3, 1, 2, 2)))
                    .withMessage("latents: must be [B, 4, frames, height, width], not [1, 3, 1, 2, 2]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> vae.model().encode(zeros(1, 3, 3, 16, 16)))
                    .withMessage("frames: 3 is not one more than a multiple of 4; use 1 or 5");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> vae.model().encode(zeros(1, 3, 5, 16, 20)))
                    .withMessage("width: 20 px is not a multiple of 16; use 16 or 32");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> vae.model().decodeTiled(zeros(1, 4, 1, 8, 8), 6))
                    .withMessage("tile: sides must be positive multiples of 4, not 6 and 96");
        }
    }

    private static Tensor zeros(long... shape) {
        return Tensor.zeros(DType.FLOAT32, Device.CPU, shape);
    }

    @Test
    void from_emptyObject_isDiffusersDefault() {
        assertThat(AutoencoderKlHunyuanVideo15Config.from(Records.nothing()))
                .isEqualTo(new AutoencoderKlHunyuanVideo15Config(
                        3, 3, 32, List.of(128, 256, 512, 1024, 1024), 2, 16, 4, true, true, 1.03682));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"spatial_compression_ratio\": 12|spatial_compression_ratio: must be a power of 2, not 12",
                "\"temporal_compression_ratio\": 32|temporal_compression_ratio: must be at most spatial_compression_ratio 16, not 32",
                "\"spatial_compression_ratio\": 32|block_out_channels: must be more than the 5 that halve the sides for a spatial_compression_ratio of 32, not 5",
                "\"latent_channels\": 24|block_out_channels: the last: 1024 is not a multiple of latent_channels, twice, 48",
                "\"block_out_channels\": [12, 24, 48, 96, 64]|block_out_channels: must be multiples of 8, each a whole part or a multiple of the one before",
                "\"scaling_factor\": 0|scaling_factor: must be finite and not 0, not 0.0",
                "\"_class_name\": \"AutoencoderKLHunyuanVideo\"|_class_name: is"
            })
    void from_whatIsNotSupported_isRefusedByName(String entry, String message) {
        Config config = Config.parse("config.json", "{" + entry + "}");
        assertThatThrownBy(() -> config.as(AutoencoderKlHunyuanVideo15Config::from))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith("config.json: " + message);
    }

    /** At 1280 x 720 and 121 frames, in tiles as wide as a quarter of a thousand pixels, and whole. */
    @Test
    void decodeBytes_ofThePublishedModel_isThatOfATile() {
        AutoencoderKlHunyuanVideo15Config config = AutoencoderKlHunyuanVideo15Config.from(Records.nothing());
        long tiled = config.decodeBytes(DType.BFLOAT16, 31, 45, 80, 16);
        assertThat(tiled).isBetween(8_000_000_000L, 12_000_000_000L);
        assertThat(config.decodeBytes(DType.BFLOAT16, 31, 45, 80, 0)).isGreaterThan(10 * tiled);
        assertThat(config.decodeBytes(DType.FLOAT32, 31, 45, 80, 16)).isEqualTo(2 * tiled);
    }
}
