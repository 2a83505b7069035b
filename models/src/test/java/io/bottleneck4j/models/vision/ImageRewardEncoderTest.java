package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the published networks of image-reward 1.5 on a tiny random model; see tools/golden/make_image_reward.py. */
class ImageRewardEncoderTest {
    private static final Path FOLDER = Golden.folder("image-reward");

    @TempDir
    private Path temp;

    @Test
    void rewards_goldenPicturesAndPrompts_equalImageReward() {
        try (Golden golden = Golden.open("vision/image-reward");
                ImageRewardEncoder model = ImageRewardEncoder.open(FOLDER, Device.CPU)) {
            List<Double> rewards = model.rewards(GoldenPictures.all(golden), prompts(golden));
            float[] expected = golden.floats("rewards");
            assertThat(rewards).hasSize(expected.length);
            for (int i = 0; i < expected.length; i++) {
                assertThat(rewards.get(i)).as("picture %d", i).isCloseTo(expected[i], within(1e-4));
            }
        }
    }

    @Test
    void ids_goldenPrompts_equalBertTokenizer() {
        try (Golden golden = Golden.open("vision/image-reward");
                ImageRewardEncoder model = ImageRewardEncoder.open(FOLDER, Device.CPU)) {
            JsonNode tokens = golden.json().get("tokens");
            List<String> prompts = prompts(golden);
            for (int i = 0; i < prompts.size(); i++) {
                long[] expected =
                        tokens.get(i).valueStream().mapToLong(JsonNode::asLong).toArray();
                assertThat(model.ids(prompts.get(i))).as(prompts.get(i)).isEqualTo(expected);
            }
        }
    }

    @Test
    void apply_goldenPictures_equalsTorchvisionsSteps() {
        try (Golden golden = Golden.open("vision/image-reward");
                Scope scope = Scope.open()) {
            ImageRewardConfig config = ImageRewardConfig.of(Config.read(FOLDER.resolve("config.json")));
            golden.assertClose(
                    "pixel_values", ImageRewardEncoder.processor(config).apply(GoldenPictures.all(golden)), 1e-5);
        }
    }

    @Test
    void rewards_otherPrompt_isAnotherReward() {
        try (Golden golden = Golden.open("vision/image-reward");
                ImageRewardEncoder model = ImageRewardEncoder.open(FOLDER, Device.CPU)) {
            var picture = GoldenPictures.all(golden).subList(0, 1);
            double owls = model.rewards(picture, List.of("two owls")).get(0);
            double fox = model.rewards(picture, List.of("a red fox")).get(0);
            assertThat(Math.abs(owls - fox)).isGreaterThan(1e-3);
            assertThatThrownBy(() -> model.rewards(picture, List.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("prompts: must be one for each of 1 pictures, not 0");
        }
    }

    @Test
    void open_folderOfClip_isRefused() {
        Path clip = Golden.folder("clip-a");
        assertThatThrownBy(() -> ImageRewardEncoder.open(clip, Device.CPU))
                .isInstanceOf(FolderException.class)
                .hasMessage(clip.resolve("config.json") + ": model_type: must be image-reward, not 'clip';"
                        + " make the folder with tools/convert_metric.py");
    }

    @Test
    void open_noVocabulary_namesTheFile() throws IOException {
        copy();
        Files.delete(temp.resolve("vocab.txt"));
        assertThatThrownBy(() -> ImageRewardEncoder.open(temp, Device.CPU))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(temp.resolve("vocab.txt") + ": the tokenizer needs this file");
    }

    @Test
    void open_vocabularyWithoutItsSpecialTokens_isRefused() throws IOException {
        copy();
        Files.writeString(temp.resolve("vocab.txt"), "[PAD]\n[CLS]\n[UNK]\na\n");
        assertThatThrownBy(() -> ImageRewardEncoder.open(temp, Device.CPU))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(temp.resolve("vocab.txt") + ": must list [SEP]");
    }

    @Test
    void open_fewerLayersThanTheFileHolds_isRefused() throws IOException {
        copy();
        Path config = temp.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"depth\": 3", "\"depth\": 2"));
        assertThatThrownBy(() -> ImageRewardEncoder.open(temp, Device.CPU))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("blip.visual_encoder.blocks.2");
    }

    private void copy() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                Files.copy(file, temp.resolve(file.getFileName().toString()));
            }
        }
    }

    private static List<String> prompts(Golden golden) {
        return golden.json().get("prompts").valueStream().map(JsonNode::asText).toList();
    }
}
