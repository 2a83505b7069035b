package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFolderTest {
    private static final String SINGLE = "diffusion_pytorch_model.safetensors";
    private static final String INDEX = "diffusion_pytorch_model.safetensors.index.json";

    @TempDir
    private Path root;

    private Path vae;

    @BeforeEach
    void writeFolder() throws IOException {
        index("{'_class_name': 'FluxPipeline', '_diffusers_version': '0.42.1', 'vae': ['diffusers', 'AutoencoderKL'], "
                + "'scheduler': ['diffusers', 'S'], 'image_encoder': [null, null], '../up': ['diffusers', 'X']}");
        vae = Files.createDirectory(root.resolve("vae"));
    }

    private void index(String json) throws IOException {
        Files.writeString(root.resolve("model_index.json"), json.replace('\'', '"'));
    }

    private ComponentFolder component() {
        return ModelFolder.open(root).component("vae", "AutoencoderKL");
    }

    @Test
    void open_readsClassesInOrder() {
        ModelFolder folder = ModelFolder.open(root);
        assertThat(folder.pipelineClass()).isEqualTo("FluxPipeline");
        assertThat(folder.classes().keySet()).containsExactly("vae", "scheduler");
        assertThat(folder.component("vae", "Other", "AutoencoderKL"))
                .isEqualTo(new ComponentFolder("vae", "AutoencoderKL", vae));
    }

    @Test
    void open_ofNoFolder_saysWhatToGive() {
        Path missing = root.resolve("none");
        assertThatThrownBy(() -> ModelFolder.open(missing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model: " + missing
                        + " is not a folder; give a diffusers folder, which holds model_index.json");
    }

    @Test
    void open_withoutIndex_saysWhatToGive() throws IOException {
        assertThatThrownBy(() -> ModelFolder.open(vae))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(
                        vae.resolve("model_index.json") + ": does not exist; give the folder of the whole");
        Files.createSymbolicLink(vae.resolve("model_index.json"), vae.resolve("blob"));
        assertThatThrownBy(() -> ModelFolder.open(vae))
                .hasMessageContaining("model_index.json: is a link to a file that does not exist");
    }

    @Test
    void open_withoutPipelineClass_isRefused() throws IOException {
        index("{'vae': ['diffusers', 'AutoencoderKL']}");
        assertThatThrownBy(() -> ModelFolder.open(root))
                .isInstanceOf(FolderException.class)
                .hasMessageEndingWith("model_index.json: _class_name: is missing");
    }

    @Test
    void component_unnamedOtherOrMissing_isRefused() {
        ModelFolder folder = ModelFolder.open(root);
        assertThatThrownBy(() -> folder.component("image_encoder", "C"))
                .isInstanceOf(FolderException.class)
                .hasMessageEndingWith("model_index.json: names no image_encoder; it must name a C");
        assertThatThrownBy(() -> folder.component("vae", "A", "B"))
                .hasMessageEndingWith("model_index.json: vae is of class AutoencoderKL; bottleneck4j reads A or B");
        assertThatThrownBy(() -> folder.component("scheduler", "S"))
                .hasMessage(root.resolve("scheduler")
                        + ": does not exist, though model_index.json names it; copy the whole folder");
        assertThatThrownBy(() -> folder.component("../up", "X")).hasMessageContaining("names no ../up");
    }

    @Test
    void weightFiles_ofNone_saysWhatIsNeeded() {
        assertThatThrownBy(() -> component().weightFiles())
                .isInstanceOf(FolderException.class)
                .hasMessage(vae + ": holds no weights; it needs diffusion_pytorch_model.safetensors or"
                        + " model.safetensors, whole or in shards");
    }

    @Test
    void weightFiles_ofPickledOnly_saysHowToConvert() throws IOException {
        Files.createFile(vae.resolve("diffusion_pytorch_model.bin"));
        Files.createFile(vae.resolve("other.gguf"));
        assertThatThrownBy(() -> component().weightFiles())
                .hasMessageContaining("found only diffusion_pytorch_model.bin, other.gguf; save it again in Python with"
                        + " save_pretrained(..., safe_serialization=True)");
    }

    @Test
    void weightFiles_ofBrokenLink_saysSo() throws IOException {
        Files.createSymbolicLink(vae.resolve(SINGLE), vae.resolve("gone"));
        assertThatThrownBy(() -> component().weightFiles())
                .isInstanceOf(FolderException.class)
                .hasMessage(vae.resolve(SINGLE) + ": is a link to a file that does not exist; fetch it again");
    }

    @Test
    void weightFiles_ofShards_areThoseOfTheIndex() throws IOException {
        Files.createFile(vae.resolve("b.safetensors"));
        Files.createFile(vae.resolve("a.safetensors"));
        Files.createFile(vae.resolve("stale.safetensors"));
        Files.writeString(
                vae.resolve(INDEX),
                "{\"weight_map\": {\"x\": \"b.safetensors\", \"y\": \"a.safetensors\", \"z\": \"b.safetensors\"}}");
        assertThat(component().weightFiles())
                .isEqualTo(List.of(vae.resolve("a.safetensors"), vae.resolve("b.safetensors")));
    }

    @Test
    void weightFiles_ofMissingShard_namesIt() throws IOException {
        Files.writeString(vae.resolve(INDEX), "{\"weight_map\": {\"x\": \"b.safetensors\"}}");
        assertThatThrownBy(() -> component().weightFiles())
                .isInstanceOf(FolderException.class)
                .hasMessage(vae.resolve("b.safetensors") + ": does not exist, though " + INDEX
                        + " names this shard; fetch it again");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x.safetensors",
                "/etc/x.safetensors",
                "sub/x.safetensors",
                "a\\\\x.safetensors",
                "x.bin",
                "",
                ".."
            })
    void weightFiles_ofShardOutsideTheFolder_areRefused(String shard) throws IOException {
        Files.createFile(root.resolve("x.safetensors"));
        Files.writeString(vae.resolve(INDEX), "{\"weight_map\": {\"t\": \"" + shard + "\"}}");
        assertThatThrownBy(() -> component().weightFiles())
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("is not the name of a safetensors file in the same folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"weight_map\": {}}", "{\"weight_map\": []}", "{\"weight_map\": null}"})
    void weightFiles_ofEmptyMap_areRefused(String json) throws IOException {
        Files.writeString(vae.resolve(INDEX), json);
        assertThatThrownBy(() -> component().weightFiles())
                .isInstanceOf(FolderException.class)
                .hasMessage(vae.resolve(INDEX) + ": weight_map: must be an object from tensor names to shard files");
    }

    @Test
    void weightFiles_ofBothSingleAndShards_areWhatPythonReads() throws IOException {
        Files.createFile(vae.resolve("s.safetensors"));
        Files.createFile(vae.resolve("model.safetensors"));
        Files.writeString(vae.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"x\": \"s.safetensors\"}}");
        assertThat(component().weightFiles()).containsExactly(vae.resolve("model.safetensors"));
        Files.createFile(vae.resolve(SINGLE));
        assertThat(component().weightFiles()).containsExactly(vae.resolve(SINGLE));
        Files.writeString(vae.resolve(INDEX), "{\"weight_map\": {\"x\": \"s.safetensors\"}}");
        assertThat(component().weightFiles()).containsExactly(vae.resolve("s.safetensors"));
    }
}
