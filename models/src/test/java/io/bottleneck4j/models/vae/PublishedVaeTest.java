package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The published full-size folders, by names and shapes alone. */
class PublishedVaeTest {
    private static final Pattern RANGE = Pattern.compile("\\{(\\d+)\\.\\.(\\d+)}");

    @ParameterizedTest
    @ValueSource(strings = {"flux1-dev", "flux1-schnell"})
    void blueprint_ofPublishedConfig_asksForEveryPublishedTensor(String name) {
        JsonNode manifest = TinyVae.json("manifests/" + name + ".json").at("/components/vae");
        Map<String, List<Long>> published = new TreeMap<>();
        manifest.get("tensors")
                .properties()
                .forEach(entry -> expand(
                        entry.getKey(),
                        entry.getValue().valueStream().map(JsonNode::asLong).toList(),
                        published));
        AutoencoderKlConfig config = TinyVae.config("manifests/" + name + "/vae/config.json");
        assertThat(published).hasSize(manifest.get("count").asInt());
        assertThat(Weights.blueprint(weights -> new AutoencoderKl(config, weights)))
                .isEqualTo(published);
    }

    private static void expand(String key, List<Long> shape, Map<String, List<Long>> into) {
        Matcher range = RANGE.matcher(key);
        if (!range.find()) {
            into.put(key, shape);
            return;
        }
        for (int i = Integer.parseInt(range.group(1)); i <= Integer.parseInt(range.group(2)); i++) {
            expand(key.substring(0, range.start()) + i + key.substring(range.end()), shape, into);
        }
    }
}
