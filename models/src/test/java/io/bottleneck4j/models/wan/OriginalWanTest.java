package io.bottleneck4j.models.wan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Listing;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.torch.io.TensorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** At full size: the names of the releases, which diffusers' converter brings to those of the folders; see tools/golden/manifests.py. */
class OriginalWanTest {
    private static Map<String, List<Long>> listed(String manifest, String part) throws IOException {
        JsonNode json = new ObjectMapper()
                .readTree(Path.of("src/test/resources/manifests", manifest + ".json")
                        .toFile());
        return Manifest.shapes(json.get("components").get(part).get("tensors"));
    }

    @ParameterizedTest
    @CsvSource({"1.3b, 30, 12, 16, 8960", "14b, 40, 40, 16, 13824", "5b, 30, 24, 48, 14336"})
    void renamed_ofTheReleasedFile_isTheFolders(String part, long layers, long heads, long channels, long middle)
            throws IOException {
        Map<String, List<Long>> file = listed("wan-files", part);
        assertThat(OriginalWan.isIn(file.keySet())).isTrue();
        try (TensorSource renamed = OriginalWan.LAYERS.renamed(Listing.of(file))) {
            assertThat(Listing.shapes(renamed)).isEqualTo(listed("wan", part));
            assertThat(OriginalWan.isRenamedIn(renamed.infos().keySet())).isTrue();
            assertThat(OriginalWan.configuration(renamed.infos()))
                    .isEqualTo(Map.of(
                            "num_layers",
                            layers,
                            "num_attention_heads",
                            heads,
                            "in_channels",
                            channels,
                            "out_channels",
                            channels,
                            "ffn_dim",
                            middle,
                            "text_dim",
                            4096L));
        }
    }
}
