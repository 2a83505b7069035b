package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
    @TempDir
    private Path folder;

    @Test
    void open_bundledModel_returnsClassesInTheIndexsOrder() {
        ModelFolder model = ModelFolder.open(Path.of("../emoji-flux"));

        assertThat(model.pipelineClass()).isEqualTo("FluxPipeline");
        assertThat(model.classes().keySet())
                .containsExactly(
                        "scheduler",
                        "text_encoder",
                        "text_encoder_2",
                        "tokenizer",
                        "tokenizer_2",
                        "transformer",
                        "vae");
        ComponentFolder transformer = model.componentFolder("transformer", "FluxTransformer2DModel");
        assertThat(transformer.config().requireInt("num_single_layers")).isEqualTo(4);
        assertThat(transformer.weightFiles())
                .containsExactly(Path.of("../emoji-flux/transformer/diffusion_pytorch_model.safetensors"));
        assertThat(model.componentFolder("text_encoder", "CLIPTextModel").weightFiles())
                .containsExactly(Path.of("../emoji-flux/text_encoder/model.safetensors"));
    }

    @Test
    void open_noFolder_saysSo() {
        Path missing = folder.resolve("none");

        assertThatThrownBy(() -> ModelFolder.open(missing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model: " + missing
                        + " is not a folder; give a diffusers folder, which holds model_index.json");
    }

    @Test
    void open_noIndex_saysWhatIsWanted() {
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(folder + ": holds no model_index.json; give the folder of the whole pipeline");
    }

    @Test
    void open_optionalComponentsAndSettings_areNotComponents() throws IOException {
        ModelFolder model = open("""
                {"_class_name": "FluxPipeline", "_diffusers_version": "0.42.1", "image_encoder": [null, null],
                 "feature_extractor": ["a"], "safe": true, "../../etc": ["diffusers", "Evil"], "vae": ["diffusers", "AutoencoderKL"]}""");

        assertThat(model.classes()).containsOnlyKeys("vae");
    }

    @Test
    void open_noClassName_saysSo() throws IOException {
        assertThatThrownBy(() -> open("{\"vae\": [\"diffusers\", \"AutoencoderKL\"]}"))
                .isInstanceOf(FolderException.class)
                .hasMessage(folder.resolve("model_index.json") + ": _class_name: is missing");
    }

    @Test
    void component_notNamed_saysSo() throws IOException {
        ModelFolder model = open("{\"_class_name\": \"FluxPipeline\"}");

        assertThatThrownBy(() -> model.component("vae", "AutoencoderKL"))
                .isInstanceOf(FolderException.class)
                .hasMessage(folder.resolve("model_index.json") + ": names no vae; it must name a AutoencoderKL");
    }

    @Test
    void component_otherClass_saysWhichIsRead() throws IOException {
        ModelFolder model = open("{\"_class_name\": \"FluxPipeline\", \"vae\": [\"diffusers\", \"AutoencoderTiny\"]}");

        assertThatThrownBy(() -> model.component("vae", "AutoencoderKL", "Other"))
                .isInstanceOf(FolderException.class)
                .hasMessage(folder.resolve("model_index.json")
                        + ": vae is of class AutoencoderTiny; bottleneck4j reads AutoencoderKL or Other");
    }

    @Test
    void component_noFolder_saysSo() throws IOException {
        ModelFolder model = open("{\"_class_name\": \"FluxPipeline\", \"vae\": [\"diffusers\", \"AutoencoderKL\"]}");

        assertThatThrownBy(() -> model.component("vae", "AutoencoderKL"))
                .isInstanceOf(FolderException.class)
                .hasMessage(folder.resolve("vae")
                        + ": does not exist, though model_index.json names it; copy the whole folder");
    }

    private ModelFolder open(String index) throws IOException {
        Files.writeString(folder.resolve("model_index.json"), index);
        return ModelFolder.open(folder);
    }
}
