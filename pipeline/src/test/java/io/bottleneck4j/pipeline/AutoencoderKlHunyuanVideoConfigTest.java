package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class AutoencoderKlHunyuanVideoConfigTest {
    private static AutoencoderKlHunyuanVideoConfig read(String json) {
        return AutoencoderKlHunyuanVideoConfig.from(Config.parse("vae/config.json", json.replace('\'', '"')));
    }

    @Test
    void read_ofNothing_isThePublishedModel() {
        AutoencoderKlHunyuanVideoConfig published = AutoencoderKlHunyuanVideoConfig.from(
                Config.parse("vae.json", Family.resource("published/hunyuan-video/vae.json")));
        assertThat(read("{}")).isEqualTo(published);
        assertThat(published)
                .isEqualTo(new AutoencoderKlHunyuanVideoConfig(
                        3, 3, 16, List.of(128, 256, 512, 512), 2, 32, 0.476986, 8, 4, true));
    }

    @Test
    void read_ofEveryKey_takesItsValue() {
        assertThat(read(
                        "{'_class_name': 'AutoencoderKLHunyuanVideo', 'act_fn': 'silu', 'in_channels': 4, 'out_channels': 5,"
                                + " 'latent_channels': 6, 'block_out_channels': [8, 16, 24], 'layers_per_block': 3, 'norm_num_groups': 8,"
                                + " 'scaling_factor': 0.5, 'spatial_compression_ratio': 4, 'temporal_compression_ratio': 4,"
                                + " 'mid_block_add_attention': false, 'down_block_types': ['HunyuanVideoDownBlock3D',"
                                + " 'HunyuanVideoDownBlock3D', 'HunyuanVideoDownBlock3D']}"))
                .isEqualTo(new AutoencoderKlHunyuanVideoConfig(4, 5, 6, List.of(8, 16, 24), 3, 8, 0.5, 4, 4, false));
    }

    @Test
    void read_ofWhatIsNotSupported_namesIt() {
        assertThatThrownBy(() -> read("{'_class_name': 'AutoencoderKL'}"))
                .isInstanceOf(FolderException.class)
                .hasMessage(
                        "vae/config.json: _class_name: is the text 'AutoencoderKL', which bottleneck4j does not support;"
                                + " it reads AutoencoderKLHunyuanVideo");
        assertThatThrownBy(() -> read("{'act_fn': 'gelu'}")).hasMessageContaining("it reads silu or swish");
        assertThatThrownBy(() -> read("{'up_block_types': ['HunyuanVideoUpBlock3D']}"))
                .hasMessage("up_block_types: must be HunyuanVideoUpBlock3D for each of the 4 block_out_channels,"
                        + " not [HunyuanVideoUpBlock3D]");
        assertThatThrownBy(() -> read("{'block_out_channels': [32, 48, 64, 64]}"))
                .hasMessage(
                        "block_out_channels: must be positive multiples of norm_num_groups 32, not [32, 48, 64, 64]");
        assertThatThrownBy(() -> read("{'temporal_compression_ratio': 8}"))
                .hasMessage("temporal_compression_ratio: must be 4, not 8");
        assertThatThrownBy(() -> read("{'spatial_compression_ratio': 6}"))
                .hasMessage("spatial_compression_ratio: must be a power of 2, not 6");
        assertThatThrownBy(() -> read("{'block_out_channels': [32, 32]}"))
                .hasMessage("block_out_channels: 2 blocks cannot compress height and width to 1/8 and time to 1/4;"
                        + " each halves the one once, each but the last the other");
        assertThatThrownBy(() -> read("{'scaling_factor': 0}"))
                .hasMessage("scaling_factor: must be finite and not 0, not 0.0");
    }
}
