package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every tensor of the published models of metrics is asked for, in its shape, and nothing else; see tools/README.md. */
class PublishedMetricModelsTest {
    private static final Path MANIFESTS = Path.of("../models/src/test/resources/manifests");

    @Test
    void blueprint_ofClipVitLargePatch14_isItsManifest() throws IOException {
        Map<String, List<Long>> published = published("clip-vit-large-patch14");
        published.remove("logit_scale"); // the temperature of training
        ClipFolder folder = ClipFolder.read(MANIFESTS.resolve("clip-vit-large-patch14"));
        assertThat(Weights.blueprint(w -> new ClipModel(folder.config(), w))).isEqualTo(published);
        assertThat(folder.processor().shortestEdge()).isEqualTo(224);
    }

    @Test
    void blueprint_ofImageReward_isItsManifest() throws IOException {
        Map<String, List<Long>> published = published("image-reward");
        ImageRewardConfig config = new ImageRewardConfig(
                new ImageRewardConfig.Vision(224, 16, 1024, 24, 16),
                new ImageRewardConfig.Text(30524, 768, 3072, 12, 12, 512, 1e-12, 1024),
                35);
        assertThat(Weights.blueprint(infos(published), w -> new ImageRewardModel(config, w)))
                .isEqualTo(published);
    }

    @Test
    void blueprint_ofInception_isItsManifest() throws IOException {
        Map<String, List<Long>> published = published("inception");
        assertThat(Weights.blueprint(infos(published), InceptionModel::new)).isEqualTo(published);
    }

    @ParameterizedTest
    @EnumSource
    void blueprint_ofLpips_isItsManifest(LpipsBackbone backbone) throws IOException {
        Map<String, List<Long>> published = published(backbone == LpipsBackbone.ALEX ? "lpips-alex" : "lpips-vgg");
        assertThat(Weights.blueprint(infos(published), w -> new LpipsEncoder.Model(backbone, w)))
                .isEqualTo(published);
    }

    private static Map<String, TensorInfo> infos(Map<String, List<Long>> shapes) {
        Map<String, TensorInfo> infos = new HashMap<>();
        shapes.forEach((name, shape) -> infos.put(name, new TensorInfo(DType.FLOAT32, shape)));
        return infos;
    }

    private static Map<String, List<Long>> published(String name) throws IOException {
        JsonNode manifest =
                new ObjectMapper().readTree(MANIFESTS.resolve(name + ".json").toFile());
        Map<String, List<Long>> shapes = Manifest.shapes(manifest.get("tensors"));
        assertThat(shapes).hasSize(manifest.get("count").asInt());
        return shapes;
    }
}
