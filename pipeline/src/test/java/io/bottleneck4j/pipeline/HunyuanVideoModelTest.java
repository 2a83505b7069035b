package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HunyuanVideoModelTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    @TempDir
    private Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("hunyuan-a", temp.resolve("tiny"));
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
    @ValueSource(strings = {"hunyuan-a", "hunyuan-b"})
    void components_ofAGoodFolder_areComplete(String name) {
        ModelFolder opened = ModelFolder.open(Golden.folder(name));
        assertThat(Model.open("h", opened).components())
                .extracting(component -> component.files().name())
                .containsExactlyElementsOf(Model.WEIGHTED);
        for (String part : Model.WEIGHTED) {
            assertThat(Model.component(opened, part).report().isComplete())
                    .as(part)
                    .isTrue();
        }
    }

    @Test
    void component_withoutWeights_namesThoseThatHave() {
        assertThatThrownBy(() -> Model.component(ModelFolder.open(tiny.path()), "tokenizer"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "component: 'tokenizer' has no weights; use one of transformer, text_encoder, text_encoder_2, vae");
    }

    @Test
    void read_ofAnotherPipeline_namesBoth() {
        tiny.edit("model_index.json", json -> json.put("_class_name", "HunyuanVideoImageToVideoPipeline"));
        assertRefused(
                "model_index.json",
                "_class_name is HunyuanVideoImageToVideoPipeline; bottleneck4j reads FluxPipeline, FluxFillPipeline,"
                        + " FluxKontextPipeline (FLUX.1-dev, -schnell, -Krea-dev, -Fill-dev, -Kontext-dev) or"
                        + " HunyuanVideoPipeline (HunyuanVideo, text to video) or ZImagePipeline (Z-Image, Z-Image-Turbo)"
                        + " or Flux2KleinPipeline (FLUX.2-klein-4B, -9B, -base-4B, -base-9B) or HunyuanVideo15Pipeline"
                        + " (HunyuanVideo-1.5, text to video)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|WanTransformer3DModel|HunyuanVideoTransformer3DModel",
                "text_encoder|LlavaForConditionalGeneration|LlamaModel",
                "text_encoder_2|CLIPTextModelWithProjection|CLIPTextModel",
                "vae|AutoencoderKLWan|AutoencoderKLHunyuanVideo",
                "tokenizer|Qwen2Tokenizer|LlamaTokenizerFast or LlamaTokenizer or PreTrainedTokenizerFast or"
                        + " TokenizersBackend",
                "tokenizer_2|T5Tokenizer|CLIPTokenizer or CLIPTokenizerFast",
                "scheduler|UniPCMultistepScheduler|FlowMatchEulerDiscreteScheduler"
            })
    void read_ofAnotherComponentClass_namesBoth(String component, String found, String wanted) {
        tiny.edit(
                "model_index.json",
                json -> json.putArray(component).add("library").add(found));
        assertRefused("model_index.json", component + " is of class " + found + "; bottleneck4j reads " + wanted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|text_embed_dim|20|text_embed_dim is 20, but text_encoder gives 16; check that both come from"
                        + " the same model",
                "transformer|pooled_projection_dim|20|pooled_projection_dim is 20, but text_encoder_2 gives 12; check that"
                        + " both come from the same model",
                "vae|latent_channels|8|latent_channels: is 8, but the transformer takes 4; check that both come from the same"
                        + " model",
                "transformer|attention_head_dim|10|rope_axes_dim: must be three numbers that sum to attention_head_dim 10,"
                        + " not [2, 2, 4]",
                "transformer|patch_size_t|2|patch_size_t: is 2, which bottleneck4j does not support; it reads 1",
                "text_encoder|num_hidden_layers|1|num_hidden_layers: must be at least 2, as the last are left out, not 1",
                "text_encoder|num_key_value_heads|3|num_attention_heads: 4 is not a multiple of num_key_value_heads 3",
                "vae|temporal_compression_ratio|8|temporal_compression_ratio: must be 4, not 8"
            })
    void read_ofBadConfig_namesFileAndKey(String component, String key, int value, String message) {
        tiny.edit(component + "/config.json", json -> json.put(key, value));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessageMatching(".*/config\\.json: .*")
                .hasMessageContaining(message);
    }

    @Test
    void open_ofCutWeights_isRefusedAtOnce() {
        tiny.truncate("text_encoder/model.safetensors", 8);
        Model model = Model.open(tiny.path());
        assertThatThrownBy(() -> model.pipeline(FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("text_encoder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizer/tokenizer.json", "tokenizer_2/merges.txt"})
    void encode_withoutATokenizersFile_namesIt(String file) {
        tiny.delete(file);
        Model model = Model.open(tiny.path());
        try (Pipeline hunyuan = model.pipeline(FLOAT32)) {
            Request request = model.request("a cat").build();
            assertThatThrownBy(() -> hunyuan.encode(request))
                    .isInstanceOf(FolderException.class)
                    .hasMessage(
                            tiny.path().resolve(file) + ": the tokenizer needs this file, and it is not there; download"
                                    + " the folder again with it, or name another model");
        }
    }
}
