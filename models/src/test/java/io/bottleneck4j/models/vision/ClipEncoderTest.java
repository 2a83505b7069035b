package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClipEncoderTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"clip-a", "clip-b"})
    void apply_goldenPictures_equalsClipImageProcessor(String name) {
        try (Golden golden = Golden.open("vision/" + name);
                Scope scope = Scope.open()) {
            PictureProcessor processor = ClipFolder.read(Golden.folder(name)).processor();
            golden.assertClose("pixel_values", processor.apply(GoldenPictures.all(golden)), 1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip-a", "clip-b"})
    void features_goldenPicturesAndPrompts_equalTransformers(String name) {
        try (Golden golden = Golden.open("vision/" + name);
                Scope scope = Scope.open();
                Weights.Loaded<ClipModel> clip =
                        ClipFolder.read(Golden.folder(name)).load(DType.FLOAT32, Device.CPU)) {
            golden.assertClose("image_features", clip.model().imageFeatures(golden.tensor("pixel_values")), 1e-4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip-a", "clip-b"})
    void cosine_goldenPicturesAndPrompts_equalsTransformers(String name) {
        try (Golden golden = Golden.open("vision/" + name);
                ClipEncoder clip = open(Golden.folder(name))) {
            List<Features> pictures = clip.pictures(GoldenPictures.all(golden));
            float[] expected = golden.floats("cosine");
            JsonNode prompts = golden.json().get("prompts");
            for (int text = 0; text < prompts.size(); text++) {
                ClipEncoder.Text encoded = clip.text(prompts.get(text).asText());
                assertThat(encoded.tokens())
                        .isEqualTo(golden.json().get("tokens").get(text).asInt());
                assertThat(encoded.needed())
                        .isEqualTo(golden.json().get("needed").get(text).asInt());
                for (int picture = 0; picture < pictures.size(); picture++) {
                    assertThat(pictures.get(picture).cosine(encoded.features()))
                            .as("picture %d, prompt %d", picture, text)
                            .isCloseTo(expected[picture * prompts.size() + text], within(1e-5));
                }
            }
        }
    }

    @Test
    void pictures_oneByOne_haveTheFeaturesOfTheBatch() {
        try (Golden golden = Golden.open("vision/clip-a");
                ClipEncoder clip = open(Golden.folder("clip-a"))) {
            List<Picture> pictures = GoldenPictures.all(golden);
            List<Features> batch = clip.pictures(pictures);
            for (int i = 0; i < batch.size(); i++) {
                Features alone = clip.pictures(pictures.subList(i, i + 1)).get(0);
                assertThat(alone.cosine(batch.get(i))).isCloseTo(1, within(1e-6));
                assertThat(alone.values()).hasSize(clip.width());
            }
        }
    }

    @Test
    void texts_ofSeveralLengthsTogether_haveTheFeaturesOfEachAlone() {
        List<String> texts = List.of("a", "two owls on a red background, flat style", "a cat above a dog");
        try (ClipEncoder clip = open(Golden.folder("clip-a"))) {
            List<ClipEncoder.Text> batch = clip.texts(texts);
            for (int i = 0; i < texts.size(); i++) {
                ClipEncoder.Text alone = clip.text(texts.get(i));
                assertThat(batch.get(i).tokens()).isEqualTo(alone.tokens());
                assertThat(batch.get(i).features().cosine(alone.features())).isCloseTo(1, within(1e-6));
            }
            assertThat(batch.get(0).features().cosine(batch.get(1).features())).isLessThan(.999);
        }
    }

    @Test
    void pictures_manyTimes_leaveNothingBehind() {
        try (ClipEncoder clip = open(Golden.folder("clip-a"))) {
            List<Picture> pictures = List.of(new Picture(40, 40, new byte[4800]));
            clip.pictures(pictures);
            long before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                clip.pictures(pictures);
                clip.text("two owls");
            }
            // fewer, where the collector frees what earlier tests dropped
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        }
    }

    @Test
    void read_noFolder_saysWhatToGive() {
        assertThatThrownBy(() -> ClipFolder.read(Path.of("no/such")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("metric-model: no/such is not a folder; give a CLIPModel's, which holds config.json");
    }

    @Test
    void read_textEncoderOfAPipeline_isRefused() throws IOException {
        Path config = broken("\"model_type\": \"clip\"", "\"model_type\": \"clip_text_model\"", "config.json");
        assertThatThrownBy(() -> ClipFolder.read(temp))
                .isInstanceOf(FolderException.class)
                .hasMessage(config + ": model_type: must be clip, not 'clip_text_model'; give a CLIPModel's folder");
    }

    @Test
    void read_otherResampling_isRefused() throws IOException {
        Path file = broken("\"resample\": 3", "\"resample\": 2", "preprocessor_config.json");
        assertThatThrownBy(() -> ClipFolder.read(temp))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": resample: is 2, which bottleneck4j does not support; it reads 3");
    }

    @Test
    void read_cropOfAnotherSizeThanTheModel_isRefused() throws IOException {
        Path file = broken("\"crop_size\": 32", "\"crop_size\": 24", "preprocessor_config.json");
        assertThatThrownBy(() -> ClipFolder.read(temp))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": crop_size is 24 px, but the vision model takes 32;"
                        + " check that both come from the same model");
    }

    @Test
    void read_cropLargerThanTheShorterSide_isRefused() throws IOException {
        Path file = broken("\"size\": 32", "\"size\": 31", "preprocessor_config.json");
        assertThatThrownBy(() -> ClipFolder.read(temp))
                .isInstanceOf(FolderException.class)
                .hasMessage(
                        file + ": crop_size: must be 1 to the shortest edge, 31 px, not 32; padding is not supported");
    }

    @Test
    void open_noTokenizer_namesTheFile() throws IOException {
        copy();
        Files.delete(temp.resolve("vocab.json"));
        assertThatThrownBy(() -> open(temp))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(temp.resolve("vocab.json") + ": the tokenizer needs this file");
    }

    @Test
    void open_weightsOfAnotherShape_areRefused() throws IOException {
        broken("\"projection_dim\": 20", "\"projection_dim\": 21", "config.json");
        assertThatThrownBy(() -> open(temp))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("visual_projection.weight");
    }

    /** A copy of clip-a with one text of one file replaced everywhere. */
    private Path broken(String text, String by, String file) throws IOException {
        copy();
        Path at = temp.resolve(file);
        String all = Files.readString(at);
        assertThat(all).contains(text);
        Files.writeString(at, all.replace(text, by));
        return at;
    }

    private void copy() throws IOException {
        try (Stream<Path> files = Files.list(Golden.folder("clip-a"))) {
            for (Path file : files.toList()) {
                Files.copy(file, temp.resolve(file.getFileName().toString()));
            }
        }
    }

    private static ClipEncoder open(Path folder) {
        return ClipEncoder.open(ClipFolder.read(folder), DType.FLOAT32, Device.CPU);
    }
}
