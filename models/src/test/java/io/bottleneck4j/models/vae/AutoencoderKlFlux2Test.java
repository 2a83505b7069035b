package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
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

/** vae-a: one layer a block, quant convolutions; vae-b: two, none, and another batch_norm_eps. */
class AutoencoderKlFlux2Test {
    private static final double TOLERANCE = 1e-4;

    private static Weights.Loaded<AutoencoderKlFlux2> load(String name, JsonNode settings) {
        AutoencoderKlFlux2Config config =
                AutoencoderKlFlux2Config.from(new Config(Path.of("config.json"), settings, note -> {
                    throw new AssertionError(note);
                }));
        return Weights.load(
                "vae",
                AutoencoderKlFlux2.checkpoint(GoldenTensors.of("golden/flux2/" + name + "-weights.safetensors")),
                DType.FLOAT32,
                Device.CPU,
                w -> new AutoencoderKlFlux2(config, w));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vae-a", "vae-b"})
    void decode_ofTheModelsLatents_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("flux2/" + name);
                Weights.Loaded<AutoencoderKlFlux2> vae =
                        load(name, golden.json().get("config"));
                Scope scope = Scope.open()) {
            Tensor own = vae.model().fromModel(golden.tensor("in.latents"));
            golden.assertClose("out.own", own, TOLERANCE);
            golden.assertClose("out.picture", vae.model().decode(own), TOLERANCE);
            golden.assertClose("in.latents", vae.model().toModel(own), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vae-a", "vae-b"})
    void encode_toTheModelsLatents_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("flux2/" + name);
                Weights.Loaded<AutoencoderKlFlux2> vae =
                        load(name, golden.json().get("config"));
                Scope scope = Scope.open()) {
            Moments moments = vae.model().encode(golden.tensor("in.picture"));
            golden.assertClose("out.mean", moments.mean(), TOLERANCE);
            golden.assertClose("out.logvar", moments.logvar(), TOLERANCE);
            golden.assertClose("out.encoded", vae.model().toModel(moments.mode()), TOLERANCE);
        }
    }

    @Test
    void fromModel_ofAnOddSide_isRefused() {
        try (Golden golden = Golden.open("flux2/vae-a");
                Weights.Loaded<AutoencoderKlFlux2> vae =
                        load("vae-a", golden.json().get("config"));
                Scope scope = Scope.open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> vae.model().fromModel(Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 2, 4, 5)))
                    .withMessage("latents: 5 columns is not a multiple of 2; use 4 or 6");
        }
    }

    @Test
    void from_emptyObject_isDiffusersDefault() {
        assertThat(AutoencoderKlFlux2Config.from(Records.nothing()))
                .isEqualTo(new AutoencoderKlFlux2Config(
                        new AutoencoderKlConfig(
                                3, 3, 32, List.of(128, 256, 512, 512), 2, 32, true, true, true, 1, 0, 1024, false),
                        1e-4));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"patch_size\": [1, 2]|patch_size: must be [2, 2], which Flux2KleinPipeline cuts, not [1, 2]",
                "\"decoder_block_out_channels\": [96, 192, 384, 384]|decoder_block_out_channels: is",
                "\"act_fn\": \"relu\"|act_fn: is",
                "\"batch_norm_eps\": -1|batch_norm_eps: must be in [0, 1), not -1.0"
            })
    void from_whatIsNotSupported_isRefusedByName(String entry, String message) {
        Config config = Config.parse("config.json", "{" + entry + "}");
        assertThatThrownBy(() -> config.as(AutoencoderKlFlux2Config::from))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith("config.json: " + message);
    }
}
