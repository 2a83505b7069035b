package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.WeightsException;
import io.bottleneck4j.torch.io.WeightsReport;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FluxModelTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    private static final String TRANSFORMER = "transformer/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("tiny-a", temp.resolve("tiny"));
    }

    private List<Component<?, ?>> read() {
        return Model.open(tiny.path()).components();
    }

    private void assertRefused(String file, String message) {
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessage(tiny.path().resolve(file) + ": " + message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void components_ofAGoodFolder_areComplete(String name) {
        for (Component<?, ?> component : Model.open(Golden.folder(name)).components()) {
            WeightsReport report = component.report();
            assertThat(report.isComplete()).as(component.files().name()).isTrue();
            assertThat(component.infos()).isNotEmpty();
        }
    }

    @Test
    void read_ofAnotherPipeline_namesBoth() {
        tiny.edit("model_index.json", json -> json.put("_class_name", "FluxImg2ImgPipeline"));
        assertRefused(
                "model_index.json",
                "_class_name is FluxImg2ImgPipeline; bottleneck4j reads FluxPipeline, FluxFillPipeline,"
                        + " FluxKontextPipeline (FLUX.1-dev, -schnell, -Krea-dev, -Fill-dev, -Kontext-dev) or"
                        + " HunyuanVideoPipeline (HunyuanVideo, text to video) or ZImagePipeline (Z-Image, Z-Image-Turbo)"
                        + " or Flux2KleinPipeline (FLUX.2-klein-4B, -9B, -base-4B, -base-9B) or HunyuanVideo15Pipeline"
                        + " (HunyuanVideo-1.5, text to video)");
    }

    @Test
    void read_ofAnotherComponentClass_namesBoth() {
        tiny.edit(
                "model_index.json",
                json -> json.putArray("vae").add("diffusers").add("AutoencoderTiny"));
        assertRefused("model_index.json", "vae is of class AutoencoderTiny; bottleneck4j reads AutoencoderKL");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|joint_attention_dim|20|joint_attention_dim is 20, but text_encoder_2 gives 14; check that both"
                        + " come from the same model",
                "transformer|pooled_projection_dim|20|pooled_projection_dim is 20, but text_encoder gives 12; check that"
                        + " both come from the same model",
                "transformer|in_channels|18|in_channels: must be a multiple of 4 (a token is 2 × 2 latent cells), not 18",
                "transformer|out_channels|20|out_channels: must be at most in_channels 16, not 20",
                "transformer|attention_head_dim|10|axes_dims_rope: must be three numbers that sum to attention_head_dim 10,"
                        + " not [2, 2, 4]",
                "transformer|num_attention_heads|0|num_attention_heads: must be between 1 and 65536, not 0",
                "transformer|num_layers|-1|num_layers: must be between 0 and 65536, not -1",
                "transformer|patch_size|2|patch_size: is 2, which bottleneck4j does not support; it reads 1",
                "vae|latent_channels|0|latent_channels: must be positive, not 0",
                "vae|norm_num_groups|3|block_out_channels: must be positive multiples of norm_num_groups 3, not [4, 8, 8, 8]",
                "text_encoder|num_hidden_layers|0|num_hidden_layers: must be at least 1, not 0",
                "text_encoder_2|d_kv|0|d_kv: must be at least 1, not 0"
            })
    void read_ofBadConfig_namesFileAndKey(String component, String key, int value, String message) {
        tiny.edit(component + "/config.json", json -> json.put(key, value));
        assertRefused(component + "/config.json", message);
    }

    @Test
    void read_ofLatentsTheTransformerDoesNotTake_namesBoth() {
        tiny.edit("transformer/config.json", json -> json.put("in_channels", 32));
        assertRefused(
                "vae/config.json",
                "latent_channels: is 4, but the transformer takes 8; check that both come from the same model");
    }

    @Test
    void read_ofOtherBlocks_isRefused() {
        tiny.edit("vae/config.json", json -> json.putArray("up_block_types").add("AttnUpDecoderBlock2D"));
        assertRefused("vae/config.json", "up_block_types: must all be UpDecoderBlock2D, not [AttnUpDecoderBlock2D]");
    }

    @Test
    void read_ofSchedulerVariant_isRefused() {
        tiny.edit("scheduler/scheduler_config.json", json -> json.put("use_karras_sigmas", true));
        assertRefused(
                "scheduler/scheduler_config.json",
                "use_karras_sigmas: is true, which bottleneck4j does not support; it reads false");
    }

    @Test
    void open_withoutWeights_saysWhatIsMissing() {
        tiny.delete(TRANSFORMER);
        Model model = Model.open(tiny.path());
        assertThatThrownBy(() -> model.pipeline(FLOAT32))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("transformer: holds no weights; it needs diffusion_pytorch_model.safetensors");
    }

    @Test
    void open_ofCutWeights_isRefusedAtOnce() {
        tiny.truncate(TRANSFORMER, 8);
        Model model = Model.open(tiny.path());
        assertThatThrownBy(() -> model.pipeline(FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("transformer");
    }

    @Test
    void report_ofOtherSizes_countsMissingUnexpectedAndMisshapen() {
        tiny.edit("transformer/config.json", json -> json.put("num_layers", 3).put("num_single_layers", 2));
        WeightsReport report = read().get(0).report();
        assertThat(report.component()).isEqualTo("transformer");
        assertThat(report.missing()).isNotEmpty().allMatch(key -> key.startsWith("transformer_blocks.2."));
        assertThat(report.unexpected()).isNotEmpty().allMatch(key -> key.startsWith("single_transformer_blocks.2."));
        assertThat(report.misshapen()).isEmpty();
        assertThatThrownBy(report::requireComplete)
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("transformer: weights do not fit config.json: ")
                .hasMessageEndingWith("check that both come from the same model");
        tiny.edit(
                "transformer/config.json",
                json -> json.put("num_layers", 2).put("num_single_layers", 3).put("guidance_embeds", false));
        assertThat(read().get(0).report().unexpected()).isNotEmpty().allMatch(key -> key.contains("guidance_embedder"));
        tiny.edit(
                "transformer/config.json",
                json -> json.put("guidance_embeds", true).put("num_attention_heads", 4));
        assertThat(read().get(0).report().misshapen()).isNotEmpty();
    }

    @Test
    void read_ofSilentConfigs_takesDiffusersDefaults() {
        tiny.write("transformer/config.json", "{}").write("vae/config.json", "{}");
        assertThatThrownBy(this::read).hasMessageContaining("latent_channels: is 4, but the transformer takes 16");
        tiny.write("vae/config.json", "{\"latent_channels\": 16}");
        assertThatThrownBy(this::read).hasMessageContaining("joint_attention_dim is 4096, but text_encoder_2 gives 14");
    }
}
