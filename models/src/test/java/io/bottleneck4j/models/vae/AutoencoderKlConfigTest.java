package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class AutoencoderKlConfigTest {
    @Test
    void builder_withNothingSet_holdsTheDefaultsOfDiffusers() {
        assertThat(AutoencoderKlConfig.builder().build())
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
        AutoencoderKlConfig.Builder small = AutoencoderKlConfig.builder().blockOutChannels(List.of(32, 32, 32, 32));
        assertThat(small.sampleSize(120).build().tileCells()).isEqualTo(12);
        assertThat(small.sampleSize(16).build().tileCells()).isEqualTo(4);
    }

    @Test
    void build_withNumbersThatDoNotFit_throwsNamingThem() {
        assertThatThrownBy(() -> AutoencoderKlConfig.builder()
                        .blockOutChannels(List.of(32, 48))
                        .build())
                .hasMessage("block_out_channels: must be positive multiples of norm_num_groups 32, not [32, 48]");
        assertThatThrownBy(() -> AutoencoderKlConfig.builder().layersPerBlock(0).build())
                .hasMessage("layers_per_block: must be positive, not 0");
        assertThatThrownBy(() -> AutoencoderKlConfig.builder().scalingFactor(0).build())
                .hasMessage("scaling_factor: must be finite and not 0, not 0.0");
        assertThatThrownBy(() ->
                        AutoencoderKlConfig.builder().shiftFactor(Double.NaN).build())
                .hasMessage("shift_factor: must be finite, not NaN");
        assertThatThrownBy(() -> AutoencoderKlConfig.builder()
                        .blockOutChannels(List.of())
                        .build())
                .hasMessage("block_out_channels: must hold 1 to 16 numbers, not 0");
    }
}
