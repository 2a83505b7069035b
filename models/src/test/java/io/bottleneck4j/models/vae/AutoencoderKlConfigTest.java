package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Records;
import java.util.List;
import org.junit.jupiter.api.Test;

class AutoencoderKlConfigTest {
    @Test
    void from_emptyObject_holdsTheDefaultsOfDiffusers() {
        assertThat(AutoencoderKlConfig.from(Records.nothing()))
                .isEqualTo(
                        new AutoencoderKlConfig(3, 3, 4, List.of(64), 1, 32, true, true, true, 0.18215, 0, 32, true));
    }

    @Test
    void tileCells_ofFlux_areAnEighthOfItsSampleSize() {
        AutoencoderKlConfig flux = TinyVae.config("manifests/flux1-dev/vae/config.json");
        assertThat(flux.pixelsPerCell()).isEqualTo(8);
        assertThat(flux.tileCells()).isEqualTo(128);
    }

    @Test
    void tileCells_ofOddSampleSize_areAMultipleOfFour() {
        AutoencoderKlConfig small =
                Records.with(AutoencoderKlConfig.from(Records.nothing()), "blockOutChannels", List.of(32, 32, 32, 32));
        assertThat(Records.with(small, "sampleSize", 120).tileCells()).isEqualTo(12);
        assertThat(Records.with(small, "sampleSize", 16).tileCells()).isEqualTo(4);
    }

    @Test
    void constructor_numbersThatDoNotFit_throwsNamingThem() {
        assertThatThrownBy(() ->
                        Records.with(AutoencoderKlConfig.from(Records.nothing()), "blockOutChannels", List.of(32, 48)))
                .hasMessage("block_out_channels: must be positive multiples of norm_num_groups 32, not [32, 48]");
        assertThatThrownBy(() -> Records.with(AutoencoderKlConfig.from(Records.nothing()), "layersPerBlock", 0))
                .hasMessage("layers_per_block: must be positive, not 0");
        assertThatThrownBy(() -> Records.with(AutoencoderKlConfig.from(Records.nothing()), "scalingFactor", 0.0))
                .hasMessage("scaling_factor: must be finite and not 0, not 0.0");
        assertThatThrownBy(() -> Records.with(AutoencoderKlConfig.from(Records.nothing()), "shiftFactor", Double.NaN))
                .hasMessage("shift_factor: must be finite, not NaN");
        assertThatThrownBy(
                        () -> Records.with(AutoencoderKlConfig.from(Records.nothing()), "blockOutChannels", List.of()))
                .hasMessage("block_out_channels: must hold 1 to 16 numbers, not 0");
    }
}
