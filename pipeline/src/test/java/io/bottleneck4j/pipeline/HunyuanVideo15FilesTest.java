package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyHunyuanVideo15;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** hunyuan15-a as files of its components, as its release and ComfyUI have them: videos are those of its folder, bit for bit. */
class HunyuanVideo15FilesTest {
    private static final Path FILES = Golden.ROOT.resolve("files");
    private static final Path VAE = FILES.resolve("hunyuan15_vae.safetensors");

    @TempDir
    private static Path folders;

    private static Path folder;

    @TempDir
    private Path temp;

    @BeforeAll
    static void copy() {
        folder = TinyHunyuanVideo15.copy("hunyuan15-a", folders).path();
    }

    /** A golden file with the weights that are in no file, under its own names, and others. */
    private Path whole(String name, String prefix, Map<String, Tensor> more) throws IOException {
        Path wide = temp.resolve("wide.safetensors");
        TinyHunyuanVideo15.write(
                wide,
                new ObjectMapper()
                        .readTree(folder.resolve("transformer/config.json").toFile()));
        Path file = temp.resolve(name + ".safetensors");
        try (Scope scope = Scope.open();
                SafetensorsFile golden = SafetensorsFile.open(FILES.resolve(name + ".safetensors"));
                SafetensorsFile rest = SafetensorsFile.open(wide)) {
            Map<String, Tensor> all = new LinkedHashMap<>();
            golden.infos().keySet().forEach(key -> all.put(key, golden.copy(key)));
            for (int i = 1; i <= 3; i++) {
                all.put(prefix + "byt5_in.fc" + i + ".weight", rest.copy("context_embedder_2.linear_" + i + ".weight"));
            }
            all.putAll(more);
            SafetensorsWriter.write(file, all, Map.of());
        }
        return file;
    }

    private static Result made(Model model) {
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32)) {
            return pipeline.generate(model.request("a sign that says \"open\"")
                    .seed(5)
                    .plan(Tiny.request(model, 5).plan())
                    .build());
        }
    }

    @ParameterizedTest
    @CsvSource({"hunyuan15, ''", "hunyuan15_comfy, model.model."})
    void open_ofFilesOfAllParts_makesWhatTheFolderMakes(String transformer, String prefix) throws IOException {
        Model model = Model.open(ModelFiles.of(whole(transformer, prefix, Map.of()))
                .base(folder)
                .textEncoder(folder.resolve("text_encoder/model.safetensors"))
                .textEncoder2(folder.resolve("text_encoder_2/model.safetensors"))
                .vae(VAE));
        assertThat(model.traits().trueCfgScale()).isEqualTo(6);
        Result ours = made(model);
        Result folders = made(Model.open(folder));
        assertThat(ours.latents()).isEqualTo(folders.latents());
        assertThat(ours.frames()).isEqualTo(folders.frames());
    }

    /** The models of few steps see a second noise level, those that enlarge videos have more channels. */
    @Test
    void open_ofAnotherKindOfModel_isRefusedByName() throws IOException {
        try (Scope scope = Scope.open()) {
            Path meanflow = whole("hunyuan15", "", Map.of("time_r_in.mlp.0.weight", Tensor.of(new float[8], 8)));
            assertThatThrownBy(() -> Model.open(ModelFiles.of(meanflow).base(folder)))
                    .isInstanceOf(FolderException.class)
                    .hasMessageContaining("use_meanflow");
            Tensor wider = Tensor.of(new float[8 * 14], 8, 14, 1, 1, 1);
            Path larger = whole("hunyuan15", "", Map.of("img_in.proj.weight", wider));
            assertThatThrownBy(() -> Model.open(ModelFiles.of(larger).base(folder)))
                    .isInstanceOf(FolderException.class)
                    .hasMessageContaining("in_channels: must be 9");
        }
    }

    @Test
    void open_withoutABase_saysWhoseScheduleItHas() throws IOException {
        Path file = whole("hunyuan15", "", Map.of());
        assertThatThrownBy(() -> Model.open(ModelFiles.of(file)))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("--base");
        assertThatThrownBy(() ->
                        Model.open(ModelFiles.of(Golden.folder(Tiny.VIDEOS)).vae(VAE)))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("AutoencoderKLHunyuanVideo15 of HunyuanVideo-1.5-720p_t2v");
    }
}
