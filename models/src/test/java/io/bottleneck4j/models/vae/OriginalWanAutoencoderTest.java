package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;

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

/** At full size: names of the releases, which diffusers' converters bring to the folders'; see manifests.py and wan22_vae.py in tools. */
class OriginalWanAutoencoderTest {
    private static final Path MANIFESTS = Path.of("src/test/resources/manifests");

    private static Map<String, List<Long>> listed(String manifest, String part) throws IOException {
        return Manifest.shapes(new ObjectMapper()
                .readTree(MANIFESTS.resolve(manifest + ".json").toFile())
                .get("components")
                .get(part)
                .get("tensors"));
    }

    @ParameterizedTest
    @CsvSource({"vae-2.1, wan-files", "vae-qwen, wan-files", "vae-2.2, wan22-vae"})
    void renamed_ofTheReleasedFile_isTheFolders(String folder, String manifest) throws IOException {
        Map<String, List<Long>> file = listed(manifest, "vae");
        assertThat(file).hasSameSizeAs(listed("wan", folder)).hasSizeGreaterThan(190);
        assertThat(OriginalWanAutoencoder.isIn(file.keySet())).isTrue();
        try (TensorSource renamed = OriginalWanAutoencoder.renamed(Listing.of(file))) {
            assertThat(Listing.shapes(renamed)).isEqualTo(listed("wan", folder));
        }
        assertThat(OriginalWanAutoencoder.isIn(listed("wan", folder).keySet())).isFalse();
    }
}
