package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComponentFolderTest {
    private static final String INDEX = "diffusion_pytorch_model.safetensors.index.json";

    @TempDir
    private Path folder;

    private ComponentFolder component;

    @BeforeEach
    void setUp() {
        component = new ComponentFolder("transformer", "FluxTransformer2DModel", folder);
    }

    @Test
    void weightFiles_shards_returnsEachOnceInOrder() throws IOException {
        index("{\"a\": \"x-2-of-2.safetensors\", \"b\": \"x-1-of-2.safetensors\", \"c\": \"x-2-of-2.safetensors\"}");
        touch("x-1-of-2.safetensors");
        touch("x-2-of-2.safetensors");

        assertThat(component.weightFiles())
                .containsExactly(folder.resolve("x-1-of-2.safetensors"), folder.resolve("x-2-of-2.safetensors"));
    }

    @Test
    void weightFiles_shardsAndSingle_takesWhatPythonTakes() throws IOException {
        index("{\"a\": \"shard.safetensors\"}");
        touch("shard.safetensors");
        touch("diffusion_pytorch_model.safetensors");
        assertThat(component.weightFiles()).containsExactly(folder.resolve("shard.safetensors"));

        Files.delete(folder.resolve(INDEX));
        Files.delete(folder.resolve("diffusion_pytorch_model.safetensors"));
        touch("model.safetensors");
        Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"shard.safetensors\"}}");
        assertThat(component.weightFiles()).containsExactly(folder.resolve("model.safetensors"));
    }

    @Test
    void weightFiles_missingShard_namesIt() throws IOException {
        index("{\"a\": \"x-1-of-2.safetensors\"}");

        assertThatThrownBy(component::weightFiles)
                .isInstanceOf(FolderException.class)
                .hasMessage(folder.resolve("x-1-of-2.safetensors") + ": does not exist, though " + INDEX
                        + " names this shard; fetch it again");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x.safetensors",
                "/etc/x.safetensors",
                "a/b.safetensors",
                "..",
                "",
                "x.bin",
                "a\\\\b.safetensors"
            })
    void weightFiles_shardElsewhere_isRefused(String shard) throws IOException {
        index("{\"a\": \"" + shard + "\"}");

        assertThatThrownBy(component::weightFiles)
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(folder.resolve(INDEX) + ": weight_map: '")
                .hasMessageEndingWith("' is not the name of a safetensors file in the same folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "1", "null"})
    void weightFiles_badWeightMap_isRefused(String map) throws IOException {
        index(map);

        assertThatThrownBy(component::weightFiles)
                .isInstanceOf(FolderException.class)
                .hasMessage(folder.resolve(INDEX) + ": weight_map: must be an object from tensor names to shard files");
    }

    @Test
    void weightFiles_onlyBin_saysHowToConvert() throws IOException {
        touch("pytorch_model.bin");

        assertThatThrownBy(component::weightFiles)
                .isInstanceOf(FolderException.class)
                .hasMessage(
                        folder + ": holds no weights; found only pytorch_model.bin; convert to safetensors: load it in"
                                + " Python and save it again with save_pretrained(...)");
    }

    @Test
    void weightFiles_onlyVariant_saysWhatItIs() throws IOException {
        touch("diffusion_pytorch_model.fp16.safetensors");

        assertThatThrownBy(component::weightFiles)
                .isInstanceOf(FolderException.class)
                .hasMessage(folder + ": holds no weights; found only diffusion_pytorch_model.fp16.safetensors; choose"
                        + " the variant with --variant fp16");
    }

    @ParameterizedTest
    @ValueSource(strings = {"diffusion_pytorch_model.fp16.safetensors", "model.fp16.safetensors"})
    void weightFiles_ofAVariant_areItsOwn(String file) throws IOException {
        touch(file.replace(".fp16", ""));
        touch(file);
        List<String> notes = new ArrayList<>();
        ComponentFolder variant = new ComponentFolder("vae", "AutoencoderKL", folder, "fp16", notes::add);
        assertThat(variant.weightFiles()).containsExactly(folder.resolve(file));
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"diffusion_pytorch_model", "model"})
    void weightFiles_ofAVariantInShards_areThoseOfItsIndex(String name) throws IOException {
        String shard = name + ".fp16-00001-of-00001.safetensors";
        touch(shard);
        Files.writeString(
                folder.resolve(name + ".safetensors.index.fp16.json"), "{\"weight_map\": {\"a\": \"" + shard + "\"}}");
        ComponentFolder variant = new ComponentFolder("vae", "AutoencoderKL", folder, "fp16", note -> {});
        assertThat(variant.weightFiles()).containsExactly(folder.resolve(shard));
    }

    @Test
    void weightFiles_ofAVariantInShardsAsDiffusersOnceNamedThem_areThoseOfItsIndex() throws IOException {
        String shard = "diffusion_pytorch_model-00001-of-00001.fp16.safetensors";
        touch("diffusion_pytorch_model.safetensors");
        touch(shard);
        Path index = folder.resolve("diffusion_pytorch_model.safetensors.fp16.index.json");
        Files.writeString(index, "{\"weight_map\": {\"a\": \"" + shard + "\"}}");
        ComponentFolder variant = new ComponentFolder("vae", "AutoencoderKL", folder, "fp16", note -> {});
        assertThat(variant.weightFiles()).containsExactly(folder.resolve(shard));
        assertThat(variant.index()).contains(index);
        assertThat(ComponentFolder.holdsWeights(index)).isTrue();
    }

    @Test
    void weightFiles_onlyAVariantInShards_saysWhatItIs() throws IOException {
        touch("diffusion_pytorch_model-00001-of-00001.fp16.safetensors");
        assertThatThrownBy(component::weightFiles)
                .isInstanceOf(FolderException.class)
                .hasMessageEndingWith("; choose the variant with --variant fp16");
    }

    @Test
    void weightFiles_withoutTheVariant_areTheDefaultOnesWithANote() throws IOException {
        touch("model.safetensors");
        List<String> notes = new ArrayList<>();
        ComponentFolder variant = new ComponentFolder("vae", "AutoencoderKL", folder, "fp16", notes::add);
        assertThat(variant.weightFiles()).containsExactly(folder.resolve("model.safetensors"));
        assertThat(notes)
                .containsExactly(folder + ": holds no variant fp16; its default weights are taken, as diffusers does");
    }

    @Test
    void weightFiles_nothing_saysWhatIsNeeded() {
        assertThatThrownBy(component::weightFiles)
                .isInstanceOf(FolderException.class)
                .hasMessage(folder + ": holds no weights; it needs diffusion_pytorch_model.safetensors or"
                        + " model.safetensors, whole or in shards");
    }

    @Test
    void weightFiles_brokenLink_saysSo() throws IOException {
        Path link = folder.resolve("model.safetensors");
        Files.createSymbolicLink(link, folder.resolve("blob"));

        assertThatThrownBy(component::weightFiles)
                .isInstanceOf(FolderException.class)
                .hasMessage(link + ": is a link that leads nowhere; fetch the file again");
    }

    private void index(String map) throws IOException {
        Files.writeString(folder.resolve(INDEX), "{\"metadata\": {\"total_size\": 1}, \"weight_map\": " + map + "}");
    }

    private void touch(String name) throws IOException {
        Files.createFile(folder.resolve(name));
    }
}
